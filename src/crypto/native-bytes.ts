/**
 * Bytes whose hex conversion is done by the runtime, an order of magnitude faster than in JavaScript.
 * The only place of the core that knows the runtime's Buffer; the codec reads and writes through it.
 */
export type NativeBytes = Uint8Array<ArrayBuffer> & {
  toString(encoding: 'hex' | 'latin1', start: number, end: number): string;
  write(text: string, offset: number, length: number, encoding: 'hex' | 'latin1'): number;
};

/** A view of the same memory. */
export function nativeView(bytes: Uint8Array): NativeBytes {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

/** Zeroed memory of its own. */
export function nativeBytes(length: number): NativeBytes {
  return Buffer.from(new ArrayBuffer(length));
}

/** Uncleared memory cut from a larger piece, several times cheaper: for bytes that are all written at once. */
export function pooledBytes(length: number): NativeBytes {
  return Buffer.allocUnsafe(length);
}

/** Lower-case hex. */
export function bytesToHex(bytes: Uint8Array): string {
  return nativeView(bytes).toString('hex', 0, bytes.length);
}

/** Bytes of lower- or upper-case hex; the caller has checked that it is nothing else. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = pooledBytes(hex.length >>> 1);
  bytes.write(hex, 0, bytes.length, 'hex');
  return bytes;
}
