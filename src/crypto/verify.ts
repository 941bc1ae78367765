import * as noble from '@noble/secp256k1';
import { assert } from '../std/assert.ts';
import type { SignatureCheck, Verifier } from '../types/signature.ts';
import { hexToBytes } from './native-bytes.ts';
import { COMPACT, hasKeyForm, native, SIGNATURE_BYTES } from './secp256k1.ts';

export type Backend = 'native' | 'noble';

/**
 * `noble` is the reference; `native` gives the same answers 44 times faster, and is not there on every
 * platform; `auto` takes it where it is. The choice stands in `backend` of the answer. `signers`: valid keys
 * that sign much; a check of theirs costs less when it comes with the very array that is given here.
 */
export function createVerifier(
  backend: Backend | 'auto',
  signers: readonly Uint8Array[] = [],
): Verifier {
  if (backend === 'noble' || (backend === 'auto' && native === null)) return nobleVerifier;
  assert(native !== null, 'no native secp256k1 on this platform');
  return nativeVerifier(native, signers);
}

const DIGEST_HEX = 64;

function hasForm(check: SignatureCheck): boolean {
  return (
    hasKeyForm(check.publicKey) &&
    check.signature.length === SIGNATURE_BYTES &&
    check.digest.length === DIGEST_HEX
  );
}

const nobleVerifier: Verifier = {
  backend: 'noble',
  verify(check) {
    if (!hasForm(check)) return false;
    try {
      return noble.verify(check.signature, hexToBytes(check.digest), check.publicKey, COMPACT);
    } catch {
      return false;
    }
  },
};

function nativeVerifier(
  binding: NonNullable<typeof native>,
  signers: readonly Uint8Array[],
): Verifier {
  // From a compressed key to its point it is a square root, a tenth of a check.
  const points = new Map(signers.map((key) => [key, binding.publicKeyConvert(key, false)]));
  return {
    backend: 'native',
    verify(check) {
      if (!hasForm(check)) return false;
      try {
        const key = points.get(check.publicKey) ?? check.publicKey;
        return binding.ecdsaVerify(check.signature, hexToBytes(check.digest), key);
      } catch {
        // The binding throws on a key off the curve and on r or s out of range.
        return false;
      }
    },
  };
}
