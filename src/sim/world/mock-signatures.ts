import { fromHex } from '../../codec/hex.ts';
import type { Digest } from '../../types/ids.ts';
import type { SignatureCheck, Signer, Verifier } from '../../types/signature.ts';

/**
 * Signatures that cost nothing and bind key and digest. Nobody in a simulation tries to forge one: who
 * signs for a lane is given its signer.
 */
export function mockSigner(publicKey: Uint8Array): Signer {
  return { publicKey, sign: (digest) => mix(publicKey, digest) };
}

export const mockVerifier: Verifier = {
  backend: 'mock',
  verify({ publicKey, digest, signature }: SignatureCheck): boolean {
    const right = mix(publicKey, digest);
    if (right.length !== signature.length) return false;
    for (let i = 0; i < right.length; i++) if (right[i] !== signature[i]) return false;
    return true;
  },
};

/** 33 bytes in the form of a compressed key, a function of its name. */
export function mockKey(kind: number, index: number): Uint8Array {
  const key = new Uint8Array(33);
  key[0] = 2;
  let state = (kind * 0x10000 + index + 1) >>> 0;
  for (let i = 1; i < key.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    key[i] = state >>> 24;
  }
  return key;
}

function mix(publicKey: Uint8Array, digest: Digest): Uint8Array {
  const message = fromHex(digest)!;
  const signature = new Uint8Array(64);
  for (let i = 0; i < 64; i++) {
    signature[i] =
      publicKey[1 + (i & 31)]! ^ message[(i * 7 + (i >> 5)) & 31]! ^ (i < 32 ? 0x5a : 0xa5);
  }
  return signature;
}
