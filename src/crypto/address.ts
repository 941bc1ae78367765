import { bech32m } from '@scure/base';
import { err, ok, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import type { Lock } from '../types/ids.ts';
import { KEY_LOCK, MULTI_LOCK } from './locks.ts';
import { bytesToHex, hexToBytes } from './native-bytes.ts';

const LOCK_BYTES = 33;

/** The prefixes that a genesis may have, and how to say so. */
export const PREFIX = /^[a-z]{1,16}$/;
export const PREFIX_HINT = '1 to 16 lower-case letters';

/** bech32m of the lock's 33 bytes under the ledger's prefix (genesis.addressPrefix). */
export function encodeAddress(prefix: string, lock: Lock): string {
  return bech32m.encode(prefix, bech32m.toWords(hexToBytes(lock)));
}

/** The lock of an address of this network; `bad-address` for anything else. */
export function decodeAddress(prefix: string, text: string): Result<Lock, Problem> {
  const decoded = bech32m.decodeUnsafe(text);
  if (!decoded) return bad('not a bech32m text, or mistyped');
  if (decoded.prefix !== prefix) return bad(`prefix ${decoded.prefix}, here it is ${prefix}`);
  const bytes = bech32m.fromWordsUnsafe(decoded.words);
  if (!bytes || bytes.length !== LOCK_BYTES) return bad('not 33 bytes');
  const lock = bytesToHex(bytes);
  if (!lock.startsWith(KEY_LOCK) && !lock.startsWith(MULTI_LOCK))
    return bad('unknown kind of lock');
  return ok(lock as Lock);
}

function bad(detail: string): Result<never, Problem> {
  return err(problem('bad-address', detail));
}
