import { PREFIX, PREFIX_HINT } from '../crypto/address.ts';
import { taggedHash } from '../crypto/hash.ts';
import { hexToBytes } from '../crypto/native-bytes.ts';
import { isPublicKey } from '../crypto/secp256k1.ts';
import { defined } from '../std/assert.ts';
import { uint32Bytes } from '../std/bytes.ts';
import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import type { Genesis, Member, Params } from '../types/genesis.ts';
import {
  type Digest,
  type LedgerId,
  type OutpointKey,
  outpointKey,
  type TxId,
} from '../types/ids.ts';
import type { Coin } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import {
  checkOutputs,
  eachOutput,
  encodeOutputJson,
  packOutputs,
  readOutputs,
} from './genesis-outputs.ts';
import { PUBLIC_KEY_HEX } from './hex.ts';
import {
  amountField,
  arrayField,
  type Fields,
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
const LANE_WINDOW_MAX = 1024;
export const GENERATION_EPOCHS_MAX = 1_000_000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const NAME_HINT = '1 to 64 letters, digits, blanks, dots, hyphens or underscores';

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
export function* genesisCoins(
  genesis: Genesis,
  ledgerId = ledgerIdOf(genesis),
): Generator<[OutpointKey, Coin]> {
  const txids = genesisTxids(genesis, ledgerId);
  let txid = '' as TxId;
  let index = 0;
  for (const { amount, lock } of genesis.outputs) {
    if (index === 0) txid = defined(txids.next().value ?? undefined, 'a txid per group');
    yield [
      outpointKey(txid, index),
      { amount, lock, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 },
    ];
    index = (index + 1) % GENESIS_TX_OUTPUTS;
  }
}

/** The transactions that create the genesis outputs, in their order. */
export function* genesisTxids({ outputs }: Genesis, ledgerId: LedgerId): Generator<TxId> {
  const id = hexToBytes(ledgerId);
  for (let number = 0; number * GENESIS_TX_OUTPUTS < outputs.length; number++) {
    yield taggedHash('genesis-transaction', id, uint32Bytes(number)) as string as TxId;
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
    outputs: Array.from(genesis.outputs, (output) => encodeOutputJson(output, addressPrefix)),
  };
}

/**
 * The lines of the other form, for genesis files too large to be held as one value: first the JSON form
 * with the number of outputs in their place, then one output per line, by its lock: to make addresses of a
 * million locks takes as long as everything else.
 */
export function* encodeGenesisLines(genesis: Genesis): Generator<string> {
  const { outputs } = genesis;
  const head = encodeGenesisJson({ ...genesis, outputs: [] }) as Record<string, unknown>;
  yield JSON.stringify({ ...head, outputs: outputs.length });
  for (const { lock, amount } of outputs) {
    yield JSON.stringify({ lock, amount: amount.toString() });
  }
}

/** What `parseGenesis` would say of this content. */
export function checkGenesis(genesis: Genesis): Result<null, Problem> {
  return readJson(() => {
    readHead(genesisFields(encodeGenesisJson({ ...genesis, outputs: [] })));
    checkOutputs(genesis.outputs);
    return null;
  });
}

/** A genesis from the values of its lines. `parseGenesis` of the same content gives the same ledger. */
export function parseGenesisLines(values: Iterable<unknown>): Result<Genesis, Problem> {
  return readJson(() => {
    const rest = values[Symbol.iterator]();
    const { head, count } = readFirstLine(rest.next().value);
    const outputs = packOutputs({ [Symbol.iterator]: () => rest }, [], head.addressPrefix);
    if (outputs.length !== count) {
      failField('outputs', `${count} are announced, ${outputs.length} follow`);
    }
    return { ...head, outputs };
  });
}

/** The same from its first line alone: the outputs are those that `values` gives each time when they are asked for. */
export function parseGenesisHead(
  first: unknown,
  values: () => Iterable<unknown>,
): Result<Genesis, Problem> {
  return readJson(() => {
    const { head, count } = readFirstLine(first);
    const outputs = () => eachOutput(values(), 0, head.addressPrefix);
    return { ...head, outputs: { length: count, [Symbol.iterator]: outputs } };
  });
}

function readFirstLine(json: unknown): { head: Omit<Genesis, 'outputs'>; count: number } {
  const fields = genesisFields(json);
  const most = WIRE_LIMITS.genesisOutputsMax.value;
  const count = integerField(fields.outputs, 'outputs', 0, most);
  return { head: readHead(fields), count };
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
  let part = new Writer();
  let count = 0;
  for (const { amount, lock } of genesis.outputs) {
    part.u64(amount);
    part.lock(lock);
    count += 1;
    if (count % OUTPUTS_PER_PART !== 0) continue;
    yield part.finish();
    part = new Writer();
  }
  yield part.finish();
}

function writeParams(writer: Writer, params: Params): void {
  writer.u64(params.minFee);
  writer.u32(params.laneWindowMax);
  writer.u32(params.blockTxsMax);
  writer.u32(params.blockBytesMax);
  if (params.sharedChecks === true) writer.u8(1);
  if (params.generationEpochs !== undefined) {
    writer.u8(2);
    writer.u32(params.generationEpochs);
  }
}

function readGenesis(json: unknown): Genesis {
  const fields = genesisFields(json);
  const head = readHead(fields);
  return { ...head, outputs: readOutputs(fields.outputs, head.addressPrefix) };
}

function genesisFields(json: unknown): Fields {
  return objectField(json, 'genesis', [
    'format',
    'name',
    'addressPrefix',
    'committee',
    'params',
    'outputs',
  ]);
}

function readHead(fields: Fields): Omit<Genesis, 'outputs'> {
  if (fields.format !== 1) failField('format', 'not 1', 'unsupported-version');
  const prefix = textField(fields.addressPrefix, 'addressPrefix', PREFIX, PREFIX_HINT);
  return {
    format: 1,
    name: textField(fields.name, 'name', NAME, NAME_HINT),
    addressPrefix: prefix,
    committee: readCommittee(fields.committee),
    params: readParams(fields.params),
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
    const publicKey = textField(fields.publicKey, `${path}.publicKey`, PUBLIC_KEY_HEX, hint);
    if (!isPublicKey(hexToBytes(publicKey))) failField(`${path}.publicKey`, 'not on the curve');
    if (seen.has(name)) failField(`${path}.name`, 'another member has this name');
    if (seen.has(publicKey)) failField(`${path}.publicKey`, 'another member has this key');
    seen.add(name).add(publicKey);
    return { name, publicKey };
  });
}

function readParams(json: unknown): Params {
  const { blockTxsMax, blockBytesMax } = WIRE_LIMITS;
  const names = ['minFee', 'laneWindowMax', 'blockTxsMax', 'blockBytesMax'];
  const given = ['sharedChecks', 'generationEpochs'].filter((name) =>
    Object.hasOwn(Object(json), name),
  );
  const fields = objectField(json, 'params', [...names, ...given]);
  const isShared = given.includes('sharedChecks');
  if (isShared && fields.sharedChecks !== true) {
    failField('params.sharedChecks', 'can only be true; left out, all validators check all');
  }
  const integer = (name: string, most: number): number =>
    integerField(fields[name], `params.${name}`, 1, most);
  return {
    minFee: amountField(fields.minFee, 'params.minFee'),
    laneWindowMax: integer('laneWindowMax', LANE_WINDOW_MAX),
    blockTxsMax: integer('blockTxsMax', blockTxsMax.value),
    blockBytesMax: integer('blockBytesMax', blockBytesMax.value),
    ...(isShared ? { sharedChecks: true } : {}),
    ...(given.includes('generationEpochs')
      ? { generationEpochs: integer('generationEpochs', GENERATION_EPOCHS_MAX) }
      : {}),
  };
}
