import { hash } from 'node:crypto';
import { decode, type Reader } from '../codec/reader.ts';

const DIGEST_BYTES = 32;

/** The bytes, and the SHA-256 of all of them behind. */
export function seal(body: Uint8Array): Uint8Array {
  return Buffer.concat([body, hash('sha256', body, 'buffer')]);
}

/** What was sealed; null: these are not the bytes of a seal, or not as they were written. */
export function unseal(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < DIGEST_BYTES) return null;
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  return hash('sha256', body, 'buffer').equals(bytes.subarray(body.length)) ? body : null;
}

/** What `read` makes of what was sealed; null: these are not the bytes of a seal, or not of this form. */
export function decodeSealed<T>(bytes: Uint8Array, read: (reader: Reader) => T): T | null {
  const body = unseal(bytes);
  const decoded = body === null ? null : decode(body, read);
  return decoded?.ok === true ? decoded.value : null;
}
