import * as noble from '@noble/secp256k1';
import { assert } from '../std/assert.ts';
import type { Digest } from '../types/ids.ts';
import type { Signer } from '../types/signature.ts';
import { hexToBytes } from './native-bytes.ts';
import { COMPACT, isSecret, native, publicKeyOf } from './secp256k1.ts';
import type { Backend } from './verify.ts';

/**
 * Both backends give the same bytes (for digests below the group's order: all that will ever be seen;
 * above it each still verifies the other's). `secret` is 32 bytes, 1 .. n-1 (see keys.ts).
 */
export function createSigner(secret: Uint8Array, backend: Backend | 'auto' = 'auto'): Signer {
  assert(isSecret(secret), 'not a secp256k1 secret');
  const own = secret.slice();
  const publicKey = publicKeyOf(own);
  const binding = backend === 'noble' ? null : native;
  assert(binding !== null || backend !== 'native', 'no native secp256k1 on this platform');
  return {
    publicKey,
    sign(digest: Digest): Uint8Array {
      const message = hexToBytes(digest);
      if (binding === null) return noble.sign(message, own, COMPACT);
      return binding.ecdsaSign(message, own).signature;
    },
  };
}
