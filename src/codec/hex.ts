import { bytesToHex, hexToBytes } from '../crypto/native-bytes.ts';
import type { Digest } from '../types/ids.ts';

const HEX = /^(?:[0-9a-f]{2})*$/;
const DIGEST = /^[0-9a-f]{64}$/;

/** A compressed public key in its one form. */
export const PUBLIC_KEY_HEX = /^0[23][0-9a-f]{64}$/;

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** The bytes of lower-case hex of even length; undefined for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  return HEX.test(text) ? hexToBytes(text) : undefined;
}

/** 64 lower-case hex digits: a digest, a txid or a ledger id in its one form. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** A number below 2^32 as 8 hex digits, so that keys sort as their numbers do. */
export function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** The same of one below 256, as 2 digits. */
export function hex2(value: number): string {
  return value.toString(16).padStart(2, '0');
}
