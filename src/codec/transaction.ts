import { taggedHash, taggedHashPair } from '../crypto/hash.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../crypto/secp256k1.ts';
import { err, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import type { Digest, Lock, TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import {
  type Input,
  inputOf,
  type Output,
  type Transaction,
  type TransactionBody,
  type Witness,
} from '../types/transaction.ts';
import { AMOUNT_MAX } from './amount.ts';
import { decode, type Reader } from './reader.ts';
import { readWitness, witnessLock, writeWitness } from './witness.ts';
import { Writer } from './writer.ts';

const VERSION = 1;
const INPUT_BYTES = 34;
const OUTPUT_BYTES = 41;
const KEY_WITNESS_BYTES = 1 + PUBLIC_KEY_BYTES + SIGNATURE_BYTES;

/** version, ledgerId, validUntil, inputs, outputs: what the txid names and every witness signs. */
export function encodeBody(body: TransactionBody): Uint8Array {
  const writer = new Writer();
  writeBody(writer, body);
  return writer.finish();
}

export function txidOf(body: TransactionBody): TxId {
  return taggedHash('transaction', encodeBody(body)) as string as TxId;
}

/** The body and its witnesses, which are put in the one canonical order here. */
export function encodeTransaction(
  body: TransactionBody,
  witnesses: readonly Witness[],
): Uint8Array {
  const byLock = witnesses.map((witness) => ({ lock: witnessLock(witness), witness }));
  byLock.sort((a, b) => (a.lock < b.lock ? -1 : 1));
  const writer = new Writer();
  writeBody(writer, body);
  writer.u16(byLock.length);
  for (const { witness } of byLock) writeWitness(writer, witness);
  return writer.finish();
}

/**
 * Everything that needs neither signatures nor the ledger: the canonical form, bounds, at least one
 * input and output, no input twice, amounts, witnesses ascending by lock. The answer's arrays of bytes
 * are views of `bytes`, which nobody may change afterwards.
 */
export function decodeTransaction(bytes: Uint8Array): Result<Transaction, Problem> {
  const max = WIRE_LIMITS.transactionBytesMax.value;
  if (bytes.length > max) {
    return err(problem('too-large', `${bytes.length} bytes, at most ${max}`));
  }
  return decode(bytes, readTransaction);
}

/** Reads one transaction where it stands among others (it says itself where it ends). */
export function readTransaction(reader: Reader): Transaction {
  const start = reader.offset;
  if (reader.u8() !== VERSION) reader.fail('transaction version', 'unsupported-version');
  const ledgerId = reader.digest();
  const validUntil = reader.u32();
  const inputs = readInputs(reader);
  const outputs = readOutputs(reader);
  const txid = taggedHash('transaction', reader.since(start)) as string as TxId;
  const witnessStart = reader.offset;
  const { witnesses, witnessLocks } = readWitnesses(reader, inputs.length);
  const witnessHash = taggedHash('witnesses', reader.since(witnessStart));
  const bytes = reader.since(start);
  if (bytes.length > WIRE_LIMITS.transactionBytesMax.value) {
    reader.fail(`a transaction of ${bytes.length} bytes`, 'too-large');
  }
  const leaf = taggedHashPair('transaction-leaf', txid as string as Digest, witnessHash);
  return {
    ledgerId,
    validUntil,
    inputs,
    outputs,
    txid,
    witnesses,
    witnessLocks,
    leaf,
    bytes,
  };
}

function writeBody(writer: Writer, body: TransactionBody): void {
  writer.u8(VERSION);
  writer.digest(body.ledgerId);
  writer.u32(body.validUntil);
  writer.u16(body.inputs.length);
  for (const input of body.inputs) {
    writer.digest(input.txid);
    writer.u16(input.index);
  }
  writer.u16(body.outputs.length);
  for (const output of body.outputs) {
    writer.u64(output.amount);
    writer.lock(output.lock);
  }
}

function readInputs(reader: Reader): Input[] {
  const count = reader.count(reader.u16(), WIRE_LIMITS.inputsMax.value, INPUT_BYTES, 'inputs');
  if (count === 0) reader.fail('no input', 'inputs-empty');
  const inputs: Input[] = [];
  for (let i = 0; i < count; i++) {
    inputs.push(inputOf(reader.outpoint()));
  }
  if (hasDuplicate(inputs)) reader.fail('an input stands twice', 'duplicate-input');
  return inputs;
}

/** Comparing pairs beats a set of keys for the one or two inputs that most transactions have. */
const FEW_INPUTS = 8;

function hasDuplicate(inputs: readonly Input[]): boolean {
  if (inputs.length > FEW_INPUTS) {
    return new Set(inputs.map(({ key }) => key)).size < inputs.length;
  }
  return inputs.some(({ key }, i) => inputs.slice(0, i).some((other) => other.key === key));
}

function readOutputs(reader: Reader): Output[] {
  const count = reader.count(reader.u16(), WIRE_LIMITS.outputsMax.value, OUTPUT_BYTES, 'outputs');
  if (count === 0) reader.fail('no output', 'outputs-empty');
  const outputs: Output[] = [];
  let sum = 0n;
  for (let i = 0; i < count; i++) {
    const output = readOutput(reader);
    sum += output.amount;
    outputs.push(output);
  }
  if (sum > AMOUNT_MAX) reader.fail('the outputs exceed 2^64-1', 'amount-range');
  return outputs;
}

/** An amount above 0 and a lock of a known kind. */
export function readOutput(reader: Reader): Output {
  const amount = reader.u64();
  if (amount === 0n) reader.fail('an output of 0', 'amount-range');
  return { amount, lock: readLock(reader) };
}

/** 33 bytes; the first one is a known kind. */
export function readLock(reader: Reader): Lock {
  const kind = reader.peek();
  if (kind !== 1 && kind !== 2) reader.fail(`lock kind ${kind}`);
  return reader.lock();
}

function readWitnesses(
  reader: Reader,
  inputs: number,
): { witnesses: Witness[]; witnessLocks: Lock[] } {
  const max = WIRE_LIMITS.witnessesMax.value;
  const count = reader.count(reader.u16(), max, KEY_WITNESS_BYTES, 'witnesses');
  if (count === 0) reader.fail('no witness', 'bad-witness');
  if (count > inputs) reader.fail('more witnesses than inputs', 'bad-witness');
  const witnesses: Witness[] = [];
  const witnessLocks: Lock[] = [];
  for (let i = 0; i < count; i++) {
    const witness = readWitness(reader);
    const lock = witnessLock(witness);
    const before = witnessLocks[i - 1];
    if (before !== undefined && before >= lock) {
      reader.fail('witnesses are not ascending by lock', 'bad-witness');
    }
    witnesses.push(witness);
    witnessLocks.push(lock);
  }
  return { witnesses, witnessLocks };
}
