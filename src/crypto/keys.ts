import { randomBytes } from 'node:crypto';
import { isSecret, publicKeyOf } from './secp256k1.ts';

/** 32-byte secret, 1 .. n-1, and its 33-byte compressed public key. */
export type KeyPair = { readonly secret: Uint8Array; readonly publicKey: Uint8Array };

/** The pair of a secret; undefined if it is not 32 bytes or not in 1 .. n-1. */
export function keyPair(secret: Uint8Array): KeyPair | undefined {
  if (!isSecret(secret)) return undefined;
  return { secret: secret.slice(), publicKey: publicKeyOf(secret) };
}

/** A new pair from the system's randomness. */
export function generateKeyPair(): KeyPair {
  for (;;) {
    const pair = keyPair(new Uint8Array(randomBytes(32)));
    // Refused with a probability of 2^-128.
    if (pair !== undefined) return pair;
  }
}
