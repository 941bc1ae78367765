import { type NativeBytes, nativeView } from '../crypto/native-bytes.ts';
import { assert } from '../std/assert.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type ErrorCode, type Problem, problem } from '../types/errors.ts';
import type { Digest, Lock, OutpointKey } from '../types/ids.ts';

/** Thrown inside a decoder, caught by `decode`. No Error: it needs no stack, and costs an attacker's bytes little. */
class DecodeFault {
  readonly problem: Problem;

  constructor(fault: Problem) {
    this.problem = fault;
  }
}

/** Reads what Writer writes. Every method may end the decoding through `fail`; call it only below `decode`. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly #native: NativeBytes;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#native = nativeView(bytes);
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.bytes.length - this.#offset;
  }

  fail(detail: string, code: ErrorCode = 'malformed'): never {
    throw new DecodeFault(problem(code, detail));
  }

  /** The next byte, which stays unread; 256 at the end. */
  peek(): number {
    return this.#native[this.#offset] ?? 256;
  }

  u8(): number {
    return this.#native[this.#take(1)] as number;
  }

  u16(): number {
    const at = this.#take(2);
    const bytes = this.#native;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  u32(): number {
    const at = this.#take(4);
    const bytes = this.#native;
    const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    return high * 0x1_0000 + low;
  }

  u48(): number {
    return this.u16() * 2 ** 32 + this.u32();
  }

  u64(): bigint {
    const high = this.u32();
    const low = this.u32();
    // Below 2^53 one conversion is exact and cheaper than three operations on bigints.
    if (high < 0x20_0000) return BigInt(high * 2 ** 32 + low);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** A number of things of at least `itemBytes` each: refused unless they can all be there. */
  count(value: number, max: number, itemBytes: number, what: string): number {
    if (value > max) this.fail(`${value} ${what}, at most ${max}`, 'too-large');
    if (value * itemBytes > this.left) this.fail(`truncated: ${value} ${what} announced`);
    return value;
  }

  digest(): Digest {
    const at = this.#take(32);
    return this.#native.toString('hex', at, at + 32) as Digest;
  }

  outpoint(): OutpointKey {
    const at = this.#take(34);
    return this.#native.toString('hex', at, at + 34) as OutpointKey;
  }

  lock(): Lock {
    const at = this.#take(33);
    return this.#native.toString('hex', at, at + 33) as Lock;
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.raw(this.left);
  }

  /** A view of what was read since `start`. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.#offset);
  }

  #take(length: number): number {
    const at = this.#offset;
    if (at + length > this.bytes.length) this.fail(`truncated at byte ${this.bytes.length}`);
    this.#offset = at + length;
    return at;
  }
}

/** Runs a decoder over all of the bytes: what it refuses, and bytes that it leaves, are an error. */
export function decode<T>(bytes: Uint8Array, read: (reader: Reader) => T): Result<T, Problem> {
  const reader = new Reader(bytes);
  try {
    const value = read(reader);
    if (reader.left > 0) reader.fail(`${reader.left} bytes too many`);
    return ok(value);
  } catch (fault) {
    if (fault instanceof DecodeFault) return err(fault.problem);
    throw fault;
  }
}

/** The same of what this process has written itself: to refuse it would be our own mistake. */
export function decodeStored<T>(bytes: Uint8Array, read: (reader: Reader) => T): T {
  const decoded = decode(bytes, read);
  assert(decoded.ok, 'the store returns what was put');
  return decoded.value;
}

/** The same for decoders whose errors need no code. */
export function decodeOrDetail<T>(
  bytes: Uint8Array,
  read: (reader: Reader) => T,
): Result<T, string> {
  const decoded = decode(bytes, read);
  return decoded.ok ? decoded : err(decoded.error.detail);
}
