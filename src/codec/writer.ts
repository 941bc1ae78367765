import { type NativeBytes, nativeBytes } from '../crypto/native-bytes.ts';
import { assert } from '../std/assert.ts';
import type { Lock } from '../types/ids.ts';

const U16 = 0xffff;
const U32 = 0xffff_ffff;
const U64 = 2n ** 64n - 1n;

/** Most encodings fit; one that grows beyond the bound gives its memory back. */
const SCRATCH_BYTES = 4096;
const SPARE_BYTES_MAX = 1_048_576;
const NOTHING = nativeBytes(0);
/** The memory of the last writer that ended: memory of its own for each would cost more than the writing. */
let spare: NativeBytes | null = null;

/**
 * Writes a canonical encoding: integers are big-endian and of fixed width, digests are 32 bytes, locks
 * 33. A value out of range is a bug of the caller (assert): what comes from outside was decoded.
 */
export class Writer {
  #bytes: NativeBytes;
  #length = 0;

  constructor() {
    this.#bytes = spare ?? nativeBytes(SCRATCH_BYTES);
    spare = null;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    inRange(value, 0xff);
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    inRange(value, U16);
    const at = this.#grow(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  u32(value: number): void {
    inRange(value, U32);
    const at = this.#grow(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  /** What 48 bits do not hold is out of range for one of its parts. */
  u48(value: number): void {
    this.u16(Math.floor(value / 2 ** 32));
    this.u32(value % 2 ** 32);
  }

  u64(value: bigint): void {
    assert(value >= 0n && value <= U64, `${value} is not a u64`);
    this.u32(Number(value >> 32n));
    this.u32(Number(value & 0xffff_ffffn));
  }

  digest(hex: string): void {
    this.#hex(hex, 32);
  }

  lock(lock: Lock): void {
    this.#hex(lock, 33);
  }

  /** Bytes whose length the reader knows. */
  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Length (u8) and printable ASCII. */
  name(text: string): void {
    this.u8(text.length);
    const at = this.#grow(text.length);
    this.#bytes.write(text, at, text.length, 'latin1');
  }

  /** What was written, in memory of its own. Ends the writer. */
  finish(): Uint8Array {
    const written = new Uint8Array(this.#bytes.subarray(0, this.#length));
    if (this.#bytes.length <= SPARE_BYTES_MAX) spare = this.#bytes;
    this.#bytes = NOTHING;
    return written;
  }

  #hex(hex: string, length: number): void {
    const at = this.#grow(length);
    const written = this.#bytes.write(hex, at, length, 'hex');
    assert(written === length && hex.length === 2 * length, `not ${length} bytes of hex`);
  }

  /** Offset of `count` new bytes. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = nativeBytes(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    return at;
  }
}

function inRange(value: number, max: number): void {
  assert(Number.isInteger(value) && value >= 0 && value <= max, `${value} is not in 0..${max}`);
}
