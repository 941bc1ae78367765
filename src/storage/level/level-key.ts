import type { ScanOptions } from '../../replica/ports.ts';
import { assert } from '../../std/assert.ts';

/** Set in the first byte of a key that has half a byte at its end, filled up with zeros. */
const ODD = 0x80;

/** Above the bytes of every key. */
export const BEHIND_ALL = Uint8Array.of(0xff);

/**
 * A key in LevelDB: the table's letter as one byte, then the bytes that the hex stands for. Keys of
 * whole bytes sort as before; those with an odd number of digits stand apart and cannot be scanned.
 */
export function encodeKey(key: string): Uint8Array {
  const odd = key.length % 2 === 0;
  const size = 1 + (key.length >>> 1);
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = key.charCodeAt(0) | (odd ? ODD : 0);
  const written = bytes.write(odd ? `${key.slice(1)}0` : key.slice(1), 1, 'hex');
  assert(key.length > 0 && written === size - 1, `not a store key: ${key}`);
  return bytes;
}

/** The key of whole bytes that these bytes encode. */
export function decodeKey(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1).toString('hex');
  return String.fromCharCode(bytes[0]!) + hex;
}

/** The key that these bytes encode, also one of an odd number of digits. */
export function decodeAnyKey(bytes: Uint8Array): string {
  const first = bytes[0]!;
  if ((first & ODD) === 0) return decodeKey(bytes);
  const key = decodeKey(Uint8Array.of(first & ~ODD, ...bytes.subarray(1)));
  return key.slice(0, -1);
}

export type LevelRange = { gte?: Uint8Array; gt?: Uint8Array; lt?: Uint8Array };

/** The LevelDB keys that a scan covers. */
export function levelRange(prefix: string, options: ScanOptions): LevelRange {
  assert(prefix.length % 2 === 1, `a scan needs whole bytes: ${prefix}`);
  const first = encodeKey(prefix);
  const range: LevelRange = { gte: first, lt: firstBehind(first) };
  if (options.after === undefined) return range;
  const after = encodeKey(options.after);
  if (options.reverse === true) {
    return Buffer.compare(after, range.lt!) < 0 ? { gte: first, lt: after } : range;
  }
  return Buffer.compare(after, first) < 0 ? range : { gt: after, lt: range.lt! };
}

/** The smallest key above all that begin with `prefix`. The letter is below 255, so there is one. */
function firstBehind(prefix: Uint8Array): Uint8Array {
  const last = prefix.findLastIndex((byte) => byte < 255);
  const bound = new Uint8Array(prefix.subarray(0, last + 1));
  bound[last]! += 1;
  return bound;
}
