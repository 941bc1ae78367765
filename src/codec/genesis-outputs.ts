import { decodeAddress, encodeAddress } from '../crypto/address.ts';
import { bytesToHex, hexToBytes } from '../crypto/native-bytes.ts';
import { defined } from '../std/assert.ts';
import type { GenesisOutputs } from '../types/genesis.ts';
import type { Lock } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Output } from '../types/transaction.ts';
import { AMOUNT_MAX } from './amount.ts';
import { amountField, arrayField, failField, objectField, textField } from './json-fields.ts';

/** Of an output in the canonical encoding: amount and lock. */
const OUTPUT_BYTES = 41;
const LOCK_BYTES = 33;
const CHUNK_OUTPUTS = 16_384;
const LOCK = /^0[12][0-9a-f]{64}$/;

/** Outputs as bytes outside of the heap: a million of them takes 41 MB, as objects several times that. */
class PackedOutputs implements Iterable<Output> {
  readonly #chunks: DataView[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push({ amount, lock }: Output): void {
    const place = this.#length % CHUNK_OUTPUTS;
    if (place === 0) this.#chunks.push(new DataView(new ArrayBuffer(CHUNK_OUTPUTS * OUTPUT_BYTES)));
    const chunk = defined(this.#chunks.at(-1), 'a chunk with room');
    chunk.setBigUint64(place * OUTPUT_BYTES, amount);
    new Uint8Array(chunk.buffer).set(hexToBytes(lock), place * OUTPUT_BYTES + 8);
    this.#length += 1;
  }

  *[Symbol.iterator](): Generator<Output> {
    for (let at = 0; at < this.#length; at++) {
      const chunk = defined(this.#chunks[Math.floor(at / CHUNK_OUTPUTS)], 'the chunk of an output');
      const place = (at % CHUNK_OUTPUTS) * OUTPUT_BYTES;
      const lock = bytesToHex(new Uint8Array(chunk.buffer, place + 8, LOCK_BYTES)) as Lock;
      yield { amount: chunk.getBigUint64(place), lock };
    }
  }
}

/** Of the amounts of all outputs; stays in bounds. */
class Sum {
  #sum = 0n;

  /** `path` names the output in an error. */
  add({ amount }: Output, path: string): void {
    this.#sum += amount;
    if (this.#sum > AMOUNT_MAX) {
      failField(path, 'the sum of all outputs exceeds 2^64-1', 'amount-range');
    }
  }
}

/** Reads outputs `{address, amount}` or `{lock, amount}` one after the other. */
class OutputsReader {
  readonly #prefix: string;
  readonly #sum = new Sum();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** `path` names the output in an error. */
  read(json: unknown, path: string): Output {
    const output = readOutput(json, path, this.#prefix);
    this.#sum.add(output, path);
    return output;
  }
}

/** `first`, and then those of these JSON values. */
export function packOutputs(
  values: Iterable<unknown>,
  first: Iterable<Output>,
  prefix: string,
): GenesisOutputs {
  const outputs = new PackedOutputs();
  for (const output of first) outputs.push(output);
  for (const output of eachOutput(values, outputs.length, prefix)) outputs.push(output);
  return outputs;
}

/** The outputs that these JSON values are, one after the other; `from`: the number of the first. */
export function* eachOutput(
  values: Iterable<unknown>,
  from: number,
  prefix: string,
): Generator<Output> {
  const reader = new OutputsReader(prefix);
  let number = from;
  for (const value of values) {
    yield reader.read(value, pathOf(number));
    number += 1;
  }
}

/** Refuses what reading them one after the other would. */
export function checkOutputs(outputs: Iterable<Output>): void {
  const sum = new Sum();
  let number = 0;
  for (const output of outputs) {
    const path = pathOf(number);
    refuseZero(output.amount, path);
    sum.add(output, path);
    number += 1;
  }
}

/** Of the output with this number, as an error names it. */
function pathOf(number: number): string {
  const path = `outputs[${number}]`;
  if (number === WIRE_LIMITS.genesisOutputsMax.value) failField(path, 'one too many');
  return path;
}

export function readOutputs(json: unknown, prefix: string): Output[] {
  const values = arrayField(json, 'outputs', 0, WIRE_LIMITS.genesisOutputsMax.value);
  const reader = new OutputsReader(prefix);
  // One string per owner, however many outputs he has.
  const locks = new Map<string, Lock>();
  return values.map((value, i) => {
    const { amount, lock } = reader.read(value, `outputs[${i}]`);
    const known = locks.get(lock) ?? lock;
    locks.set(known, known);
    return { amount, lock: known };
  });
}

export function encodeOutputJson({ lock, amount }: Output, prefix: string): unknown {
  return { address: encodeAddress(prefix, lock), amount: amount.toString() };
}

function readOutput(json: unknown, path: string, prefix: string): Output {
  const byLock = typeof json === 'object' && json !== null && Object.hasOwn(json, 'lock');
  const fields = objectField(json, path, [byLock ? 'lock' : 'address', 'amount']);
  const amount = amountField(fields.amount, `${path}.amount`);
  refuseZero(amount, path);
  if (!byLock) return { amount, lock: readAddress(fields.address, `${path}.address`, prefix) };
  const hint = 'a lock, 66 lower-case hex digits';
  return { amount, lock: textField(fields.lock, `${path}.lock`, LOCK, hint) as Lock };
}

function refuseZero(amount: bigint, path: string): void {
  if (amount === 0n) failField(`${path}.amount`, 'is 0', 'amount-range');
}

function readAddress(json: unknown, path: string, prefix: string): Lock {
  if (typeof json !== 'string') return failField(path, 'not a string');
  const decoded = decodeAddress(prefix, json);
  return decoded.ok ? decoded.value : failField(path, decoded.error.detail, 'bad-address');
}
