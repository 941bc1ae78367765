import { assert } from '../../std/assert.ts';
import type { LevelRange } from '../level/level-key.ts';
import { KEY_BYTES } from './record.ts';

/** Keys from `from` on and, if there is a `to`, below that; both as long as a key. */
export type KeyRange = { readonly from: Buffer; readonly to: Buffer | null };

export const ALL_KEYS: KeyRange = { from: Buffer.alloc(KEY_BYTES), to: null };

/** So many bytes all keys of the range begin with. */
export function sharedBytes({ from, to }: KeyRange): number {
  if (to === null) return 0;
  const last = Buffer.from(to);
  decrement(last);
  let shared = 0;
  while (shared < KEY_BYTES && from[shared] === last[shared]) shared += 1;
  return shared;
}

/** The same range of one table, whose bounds have its letter. */
export function keyRange({ gte, gt, lt }: LevelRange): KeyRange {
  const first = (gte ?? gt) as Uint8Array;
  const from = withoutLetter(first);
  if (gt !== undefined) increment(from);
  const isOpen = lt === undefined || lt[0] !== first[0];
  return { from, to: isOpen ? null : withoutLetter(lt) };
}

/** The smallest key that begins so. */
function withoutLetter(bound: Uint8Array): Buffer {
  assert(bound.length <= KEY_BYTES + 1, 'no key of this table is so long');
  const key = Buffer.alloc(KEY_BYTES);
  key.set(bound.subarray(1));
  return key;
}

/** The key before it. */
function decrement(key: Buffer): void {
  let at = KEY_BYTES - 1;
  while (at > 0 && key[at] === 0) key[at--] = 0xff;
  key[at] = (key[at] as number) - 1;
}

/** The key after it. */
function increment(key: Buffer): void {
  let at = KEY_BYTES - 1;
  while (at > 0 && key[at] === 0xff) key[at--] = 0;
  key[at] = (key[at] as number) + 1;
}
