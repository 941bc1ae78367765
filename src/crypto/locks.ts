import { assert } from '../std/assert.ts';
import { compareBytes } from '../std/bytes.ts';
import type { Lock } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import { taggedHash } from './hash.ts';
import { hasKeyForm } from './secp256k1.ts';

/** First byte of a lock, as it stands in the lock's hex. */
export const KEY_LOCK = '01';
export const MULTI_LOCK = '02';

/** Opened by one signature of this key (33 bytes). */
export function keyLock(publicKey: Uint8Array): Lock {
  return (KEY_LOCK + taggedHash('lock-key', publicKey)) as Lock;
}

/** May these keys stand in an m-of-n lock, in this order? Ascending and unique: one lock per set of keys. */
export function isMultiLock(threshold: number, publicKeys: readonly Uint8Array[]): boolean {
  const count = publicKeys.length;
  if (count < 1 || count > WIRE_LIMITS.multiKeysMax.value) return false;
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > count) return false;
  return publicKeys.every((key, i) => {
    const before = publicKeys[i - 1];
    return hasKeyForm(key) && (before === undefined || compareBytes(before, key) < 0);
  });
}

/** Opened by signatures of `threshold` of these keys, which `isMultiLock` has accepted. */
export function multiLock(threshold: number, publicKeys: readonly Uint8Array[]): Lock {
  assert(isMultiLock(threshold, publicKeys), 'not the keys of an m-of-n lock');
  const counts = Uint8Array.of(threshold, publicKeys.length);
  return (MULTI_LOCK + taggedHash('lock-multi', counts, ...publicKeys)) as Lock;
}
