import { crc32 } from 'node:zlib';

const SUM_BYTES = 4;

/**
 * A value as LevelDB has it: behind it the CRC-32 of its key and itself. LevelDB sums its blocks, but looks at the
 * sums neither when it reads nor when it merges tables, and its binding has no way to ask for that.
 */
export function encodeValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  const stored = Buffer.allocUnsafe(value.length + SUM_BYTES);
  stored.set(value);
  stored.writeUInt32BE(sumOf(key, value), value.length);
  return stored;
}

/** Not copied. Throws when this is not the value that was put under the key. */
export function decodeValue(key: Uint8Array, stored: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = stored;
  const at = length - SUM_BYTES;
  // A Buffer is a Uint8Array whose `slice` does not copy: no caller should have to know.
  const value = new Uint8Array(buffer, byteOffset, Math.max(0, at));
  const isWhole =
    at >= 0 && Buffer.from(buffer, byteOffset + at).readUInt32BE() === sumOf(key, value);
  if (isWhole) return value;
  throw new Error(`the entry ${Buffer.from(key).toString('hex')} is not as it was put`);
}

function sumOf(key: Uint8Array, value: Uint8Array): number {
  const sum = crc32(key);
  // Of no bytes that stand nowhere zlib says 0, whatever the sum before was.
  return value.length === 0 ? sum : crc32(value, sum);
}
