import { assert } from '../std/assert.ts';
import { Writer } from './writer.ts';

/** Ordinals of blocks as stores keep them: 4 bytes each. */
export function encodeOrdinals(ordinals: readonly number[]): Uint8Array {
  const writer = new Writer();
  for (const ordinal of ordinals) writer.u32(ordinal);
  return writer.finish();
}

/** No bytes: none. */
export function decodeOrdinals(bytes: Uint8Array | undefined): readonly number[] {
  if (bytes === undefined) return [];
  assert(bytes.length % 4 === 0, 'the store returns what was put');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
}
