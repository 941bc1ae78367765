import { hashPreimage, PAIR_AT, pairPreimage } from '../crypto/hash.ts';
import { type NativeBytes, nativeBytes, nativeView, pooledBytes } from '../crypto/native-bytes.ts';
import { assert } from '../std/assert.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';

/*
 * Four levels of the state tree are stored as one page, so that a path of 20 levels is five reads. A
 * page lies at a prefix of the keys in hex digits and has a slot for each next digit. Only the slots are
 * stored; the places between them and the page's root are hashed again whenever they are needed, which
 * costs less than storing them.
 *
 * Places are numbered as in a heap: 1 is the page's root, those below i are 2i and 2i+1, the slots are
 * 16..31. A place is empty, or a leaf (alone below it), or a node over more than one leaf.
 */
export const SLOTS = 16;
const PLACES = 32;
const DIGEST = 32;

const EMPTY = 0;
const LEAF = 1;
const NODE = 2;

/** Stored: bit masks (u16) of the slots in use and of those with a leaf; then each hash, a leaf's key after it. */
const HEAD = 4;

/** A page that is worked on. Kept as bytes throughout: hex strings would cost as much as the hashing. */
export class StatePage {
  /** Number i holds the hashes of the places 2i and 2i+1, ready to be hashed to that of place i. */
  readonly #pairs: readonly NativeBytes[] = Array.from({ length: PLACES / 2 }, () =>
    pairPreimage('state-node'),
  );
  readonly #keys: NativeBytes = nativeBytes(SLOTS * DIGEST);
  readonly #kinds = new Uint8Array(PLACES);
  /** Of a place with a leaf: which of #keys is the leaf's. */
  readonly #leafSlots = new Uint8Array(PLACES);

  /** Empties the page, or fills it with what was stored. */
  reset(stored: Uint8Array | undefined): void {
    this.#kinds.fill(EMPTY);
    if (stored !== undefined) this.#decode(stored);
  }

  isEmpty(place: number): boolean {
    return this.#kinds[place] === EMPTY;
  }

  isLeaf(place: number): boolean {
    return this.#kinds[place] === LEAF;
  }

  hash(place: number): Digest {
    if (this.#kinds[place] === EMPTY) return ZERO_DIGEST;
    const at = offsetOf(place);
    return this.#pair(place).toString('hex', at, at + DIGEST) as Digest;
  }

  /** Key of the leaf at the place. */
  key(place: number): TxId {
    const at = (this.#leafSlots[place] as number) * DIGEST;
    return this.#keys.toString('hex', at, at + DIGEST) as TxId;
  }

  setLeaf(slot: number, key: TxId, hash: Digest): void {
    const place = SLOTS + slot;
    this.#pair(place).write(hash, offsetOf(place), DIGEST, 'hex');
    this.#keys.write(key, slot * DIGEST, DIGEST, 'hex');
    this.#kinds[place] = LEAF;
    this.#leafSlots[place] = slot;
  }

  clear(slot: number): void {
    this.#kinds[SLOTS + slot] = EMPTY;
  }

  /** Puts the root of the page below, which is hashed, into its slot. */
  setRootOf(slot: number, below: StatePage): void {
    const place = SLOTS + slot;
    const kind = below.#kinds[1] as number;
    this.#kinds[place] = kind;
    copyDigest(below.#pair(1), offsetOf(1), this.#pair(place), offsetOf(place));
    if (kind !== LEAF) return;
    copyDigest(below.#keys, (below.#leafSlots[1] as number) * DIGEST, this.#keys, slot * DIGEST);
    this.#leafSlots[place] = slot;
  }

  /** Computes all places from the slots. */
  hashUp(): void {
    const kinds = this.#kinds;
    for (let place = SLOTS - 1; place > 0; place -= 1) {
      const left = kinds[2 * place] as number;
      const right = kinds[2 * place + 1] as number;
      if (left === EMPTY && right !== NODE) this.#moveUp(2 * place + 1);
      else if (right === EMPTY && left === LEAF) this.#moveUp(2 * place);
      else {
        const pair = this.#pairs[place] as NativeBytes;
        if (left === EMPTY) pair.fill(0, PAIR_AT, PAIR_AT + DIGEST);
        if (right === EMPTY) pair.fill(0, PAIR_AT + DIGEST);
        hashPreimage(pair, this.#pair(place), offsetOf(place));
        kinds[place] = NODE;
      }
    }
  }

  encode(): Uint8Array {
    let [used, leaves, size] = [0, 0, HEAD];
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const kind = this.#kinds[SLOTS + slot];
      if (kind === EMPTY) continue;
      used |= 1 << slot;
      if (kind === LEAF) leaves |= 1 << slot;
      size += kind === LEAF ? 2 * DIGEST : DIGEST;
    }
    const stored = pooledBytes(size);
    stored[0] = used >> 8;
    stored[1] = used;
    stored[2] = leaves >> 8;
    stored[3] = leaves;
    let at = HEAD;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const place = SLOTS + slot;
      if (this.#kinds[place] === EMPTY) continue;
      at = copyDigest(this.#pair(place), offsetOf(place), stored, at);
      if (this.#kinds[place] === LEAF) at = copyDigest(this.#keys, slot * DIGEST, stored, at);
    }
    return stored;
  }

  #decode(stored: Uint8Array): void {
    const bytes = nativeView(stored);
    const used = ((bytes[0] as number) << 8) | (bytes[1] as number);
    const leaves = ((bytes[2] as number) << 8) | (bytes[3] as number);
    let at = HEAD;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const bit = 1 << slot;
      if ((used & bit) === 0) continue;
      const place = SLOTS + slot;
      copyDigest(bytes, at, this.#pair(place), offsetOf(place));
      at += DIGEST;
      this.#kinds[place] = NODE;
      if ((leaves & bit) === 0) continue;
      copyDigest(bytes, at, this.#keys, slot * DIGEST);
      at += DIGEST;
      this.#kinds[place] = LEAF;
      this.#leafSlots[place] = slot;
    }
    assert(at === stored.length && (leaves & ~used) === 0, 'the store returns what was put');
  }

  /** What stands alone, or nothing, stands at the place above too. */
  #moveUp(place: number): void {
    const above = place >> 1;
    this.#kinds[above] = this.#kinds[place] as number;
    this.#leafSlots[above] = this.#leafSlots[place] as number;
    copyDigest(this.#pair(place), offsetOf(place), this.#pair(above), offsetOf(above));
  }

  #pair(place: number): NativeBytes {
    return this.#pairs[place >> 1] as NativeBytes;
  }
}

/** Where a place's hash lies in its pair. */
function offsetOf(place: number): number {
  return PAIR_AT + (place & 1) * DIGEST;
}

/** Returns the offset after the copy. For so few bytes a loop is faster than the runtime's copy. */
function copyDigest(from: NativeBytes, fromAt: number, to: NativeBytes, toAt: number): number {
  for (let i = 0; i < DIGEST; i += 1) to[toAt + i] = from[fromAt + i] as number;
  return toAt + DIGEST;
}
