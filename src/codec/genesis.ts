import { decodeAddress, encodeAddress } from '../crypto/address.ts';
import { taggedHash } from '../crypto/hash.ts';
import { hexToBytes } from '../crypto/native-bytes.ts';
import { isPublicKey } from '../crypto/secp256k1.ts';
import { uint32Bytes } from '../std/bytes.ts';
import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import type { Genesis, Member, Params } from '../types/genesis.ts';
import {
  type Digest,
  type LedgerId,
  type Lock,
  type OutpointKey,
  outpointKey,
  type TxId,
} from '../types/ids.ts';
import type { Coin } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Output } from '../types/transaction.ts';
import {
  amountField,
  arrayField,
  failField,
  integerField,
  objectField,
  readJson,
  textField,
} from './json-fields.ts';
import { Writer } from './writer.ts';

/** Outputs per genesis transaction. */
export const GENESIS_TX_OUTPUTS = 16;
/** Outputs encoded at a time, so that a genesis of millions is never one array of bytes. */
const OUTPUTS_PER_PART = 10_000;
const MAX_AMOUNT = 2n ** 64n - 1n;
const LANE_WINDOW_MAX = 1024;

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const NAME_HINT = '1 to 64 letters, digits, blanks, dots, hyphens or underscores';
const KEY = /^0[23][0-9a-f]{64}$/;
const LOCK = /^0[12][0-9a-f]{64}$/;
const PREFIX = /^[a-z]{1,16}$/;

/** Digest of the canonical encoding: two genesis files with one id are the same ledger. */
export function ledgerIdOf(genesis: Genesis): LedgerId {
  return taggedHash('genesis', ...encodeGenesis(genesis));
}

export function paramsDigest(params: Params): Digest {
  const writer = new Writer();
  writeParams(writer, params);
  return taggedHash('params', writer.finish());
}

/** The outputs as coins of epoch 0, in transactions that nobody signed. */
export function* genesisCoins(genesis: Genesis): Generator<[OutpointKey, Coin]> {
  const ledgerId = hexToBytes(ledgerIdOf(genesis));
  let txid = '' as TxId;
  for (const [i, output] of genesis.outputs.entries()) {
    const index = i % GENESIS_TX_OUTPUTS;
    if (index === 0) {
      const number = uint32Bytes(i / GENESIS_TX_OUTPUTS);
      txid = taggedHash('genesis-transaction', ledgerId, number) as string as TxId;
    }
    const { amount, lock } = output;
    yield [
      outpointKey(txid, index),
      { amount, lock, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 },
    ];
  }
}

/**
 * A genesis from its JSON form, whose amounts are decimal strings and whose outputs are
 * `{address, amount}` or `{lock, amount}`. The error names the field.
 */
export function parseGenesis(json: unknown): Result<Genesis, Problem> {
  return readJson(() => readGenesis(json));
}

/** The JSON form, ready for JSON.stringify; `parseGenesis` gives the same genesis back. */
export function encodeGenesisJson(genesis: Genesis): unknown {
  const { format, name, addressPrefix, committee, params } = genesis;
  return {
    format,
    name,
    addressPrefix,
    committee,
    params: { ...params, minFee: params.minFee.toString() },
    outputs: genesis.outputs.map(({ lock, amount }) => ({
      address: encodeAddress(addressPrefix, lock),
      amount: amount.toString(),
    })),
  };
}

function* encodeGenesis(genesis: Genesis): Generator<Uint8Array> {
  const head = new Writer();
  head.u8(genesis.format);
  head.name(genesis.name);
  head.name(genesis.addressPrefix);
  head.u8(genesis.committee.length);
  for (const member of genesis.committee) {
    head.name(member.name);
    head.raw(hexToBytes(member.publicKey));
  }
  writeParams(head, genesis.params);
  head.u32(genesis.outputs.length);
  yield head.finish();
  for (let from = 0; from < genesis.outputs.length; from += OUTPUTS_PER_PART) {
    const part = new Writer();
    for (const { amount, lock } of genesis.outputs.slice(from, from + OUTPUTS_PER_PART)) {
      part.u64(amount);
      part.lock(lock);
    }
    yield part.finish();
  }
}

function writeParams(writer: Writer, params: Params): void {
  writer.u64(params.minFee);
  writer.u32(params.laneWindowMax);
  writer.u32(params.blockTxsMax);
  writer.u32(params.blockBytesMax);
}

function readGenesis(json: unknown): Genesis {
  const fields = objectField(json, 'genesis', [
    'format',
    'name',
    'addressPrefix',
    'committee',
    'params',
    'outputs',
  ]);
  if (fields.format !== 1) failField('format', 'not 1', 'unsupported-version');
  const prefix = textField(
    fields.addressPrefix,
    'addressPrefix',
    PREFIX,
    '1 to 16 lower-case letters',
  );
  return {
    format: 1,
    name: textField(fields.name, 'name', NAME, NAME_HINT),
    addressPrefix: prefix,
    committee: readCommittee(fields.committee),
    params: readParams(fields.params),
    outputs: readOutputs(fields.outputs, prefix),
  };
}

function readCommittee(json: unknown): Member[] {
  const members = arrayField(json, 'committee', 1, WIRE_LIMITS.committeeMax.value);
  const seen = new Set<string>();
  return members.map((value, i) => {
    const path = `committee[${i}]`;
    const fields = objectField(value, path, ['name', 'publicKey']);
    const name = textField(fields.name, `${path}.name`, NAME, NAME_HINT);
    const hint = 'a compressed secp256k1 key, 66 lower-case hex digits';
    const publicKey = textField(fields.publicKey, `${path}.publicKey`, KEY, hint);
    if (!isPublicKey(hexToBytes(publicKey))) failField(`${path}.publicKey`, 'not on the curve');
    if (seen.has(name)) failField(`${path}.name`, 'another member has this name');
    if (seen.has(publicKey)) failField(`${path}.publicKey`, 'another member has this key');
    seen.add(name).add(publicKey);
    return { name, publicKey };
  });
}

function readParams(json: unknown): Params {
  const { blockTxsMax, blockBytesMax } = WIRE_LIMITS;
  const fields = objectField(json, 'params', [
    'minFee',
    'laneWindowMax',
    'blockTxsMax',
    'blockBytesMax',
  ]);
  const integer = (name: string, most: number): number =>
    integerField(fields[name], `params.${name}`, 1, most);
  return {
    minFee: amountField(fields.minFee, 'params.minFee'),
    laneWindowMax: integer('laneWindowMax', LANE_WINDOW_MAX),
    blockTxsMax: integer('blockTxsMax', blockTxsMax.value),
    blockBytesMax: integer('blockBytesMax', blockBytesMax.value),
  };
}

function readOutputs(json: unknown, prefix: string): Output[] {
  const values = arrayField(json, 'outputs', 0, WIRE_LIMITS.genesisOutputsMax.value);
  // One string per owner, however many outputs he has.
  const locks = new Map<string, Lock>();
  let sum = 0n;
  return values.map((value, i) => {
    const path = `outputs[${i}]`;
    const { amount, lock } = readOutput(value, path, prefix);
    sum += amount;
    if (sum > MAX_AMOUNT) failField(path, 'the sum of all outputs exceeds 2^64-1', 'amount-range');
    const known = locks.get(lock) ?? lock;
    locks.set(known, known);
    return { amount, lock: known };
  });
}

function readOutput(json: unknown, path: string, prefix: string): Output {
  const byLock = typeof json === 'object' && json !== null && Object.hasOwn(json, 'lock');
  const fields = objectField(json, path, [byLock ? 'lock' : 'address', 'amount']);
  const amount = amountField(fields.amount, `${path}.amount`);
  if (amount === 0n) failField(`${path}.amount`, 'is 0', 'amount-range');
  if (!byLock) return { amount, lock: readAddress(fields.address, `${path}.address`, prefix) };
  const hint = 'a lock, 66 lower-case hex digits';
  return { amount, lock: textField(fields.lock, `${path}.lock`, LOCK, hint) as Lock };
}

function readAddress(json: unknown, path: string, prefix: string): Lock {
  if (typeof json !== 'string') return failField(path, 'not a string');
  const decoded = decodeAddress(prefix, json);
  return decoded.ok ? decoded.value : failField(path, decoded.error.detail, 'bad-address');
}
