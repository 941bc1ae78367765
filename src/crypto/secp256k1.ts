import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import * as noble from '@noble/secp256k1';

type Native = typeof import('secp256k1');

noble.hashes.sha256 = (message) => new Uint8Array(createHash('sha256').update(message).digest());
noble.hashes.hmacSha256 = (key, message) =>
  new Uint8Array(createHmac('sha256', key).update(message).digest());

/**
 * The binding of libsecp256k1, or null where none was built for this platform. Loaded by its own
 * path: the package's main file would silently fall back to a slower implementation in JavaScript.
 */
export const native: Native | null = loadNative();

export const PUBLIC_KEY_BYTES = 33;
const SECRET_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** Every option spelled out: the message is a digest already, and only the low S is valid. */
export const COMPACT = { prehash: false, lowS: true, format: 'compact' } as const;

function loadNative(): Native | null {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as Native;
  } catch {
    return null;
  }
}

/** Compressed form: 33 bytes, 02 or 03 first. Says nothing about the curve. */
export function hasKeyForm(publicKey: Uint8Array): boolean {
  return publicKey.length === PUBLIC_KEY_BYTES && (publicKey[0] === 2 || publicKey[0] === 3);
}

/** A compressed key that is a point of the curve. */
export function isPublicKey(publicKey: Uint8Array): boolean {
  return hasKeyForm(publicKey) && noble.utils.isValidPublicKey(publicKey, true);
}

/** 1 .. n-1. */
export function isSecret(secret: Uint8Array): boolean {
  return secret.length === SECRET_BYTES && noble.utils.isValidSecretKey(secret);
}

/** The compressed key of a valid secret. */
export function publicKeyOf(secret: Uint8Array): Uint8Array {
  return native === null ? noble.getPublicKey(secret, true) : native.publicKeyCreate(secret, true);
}
