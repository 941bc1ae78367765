import { hashPreimage, PAIR_AT, pairPreimage } from '../crypto/hash.ts';
import { type NativeBytes, nativeView, pooledBytes } from '../crypto/native-bytes.ts';
import { assert } from '../std/assert.ts';
import { equalBytes } from '../std/bytes.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';

/*
 * Four levels of the state tree are stored as one page, so that a path of 20 levels is five reads. A
 * page lies at a prefix of the keys in hex digits and has a slot for each next digit. The places between
 * the slots and the page's root are stored, too: a change of one slot costs four hashes, not fifteen.
 *
 * Places are numbered as in a heap: 1 is the page's root, those below i are 2i and 2i+1, the slots are
 * 16..31. A place is empty, or a leaf (alone below it), or a node over more than one leaf.
 */
export const SLOTS = 16;
const PLACES = 32;
const DIGEST = 32;
/** Digests are copied in words of four bytes: so few are copied faster so than byte by byte, or by the runtime. */
const WORD = 4;
const DIGEST_WORDS = DIGEST / WORD;
const PAIR_WORDS = (PAIR_AT + 2 * DIGEST) / WORD;
const KEYS_AT = SLOTS * PAIR_WORDS;

const EMPTY = 0;
const LEAF = 1;
const NODE = 2;

/**
 * Stored: bit masks (u16) of the slots in use and of those with a leaf; then each hash, a leaf's key after it;
 * then the hashes of the nodes at the places 15 to 2. That of place 1 stands in the page above.
 */
const HEAD = 4;

/** A page in the form in which it is stored, while it is made or read; at most a leaf in each slot. */
const form = new Int32Array(HEAD / WORD + (PLACES - 2 + SLOTS) * DIGEST_WORDS);
const formBytes = new Uint8Array(form.buffer);

/** A page that is worked on. Kept as bytes throughout: hex strings would cost as much as the hashing. */
export class StatePage {
  /** All pairs, then the keys of leaves by slot. */
  readonly #words = new Int32Array(KEYS_AT + SLOTS * DIGEST_WORDS);
  /** Number i holds the hashes of the places 2i and 2i+1, ready to be hashed to that of place i. */
  readonly #pairs: readonly NativeBytes[];
  readonly #keys: NativeBytes;
  readonly #kinds = new Uint8Array(PLACES);
  /** Of a place with a leaf: which of #keys is the leaf's. */
  readonly #leafSlots = new Uint8Array(PLACES);
  /** Places above slots that were changed since they were computed. */
  readonly #stale = new Uint8Array(SLOTS);

  constructor() {
    const bytes = new Uint8Array(this.#words.buffer);
    const preimage = pairPreimage('state-node');
    for (let place = 0; place < SLOTS; place += 1) bytes.set(preimage, place * preimage.length);
    this.#pairs = Array.from({ length: SLOTS }, (_, place) =>
      nativeView(bytes.subarray(place * preimage.length, (place + 1) * preimage.length)),
    );
    this.#keys = nativeView(bytes.subarray(KEYS_AT * WORD));
  }

  /** Empties the page, or fills it with what was stored. */
  reset(stored: Uint8Array | undefined): void {
    this.#kinds.fill(EMPTY);
    this.#stale.fill(0);
    if (stored === undefined) return;
    this.#decode(stored);
    this.#stale[1] = 1;
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
    this.#change(place);
  }

  clear(slot: number): void {
    this.#kinds[SLOTS + slot] = EMPTY;
    this.#change(SLOTS + slot);
  }

  /** Puts the root of the page below, which is hashed, into its slot. */
  setRootOf(slot: number, below: StatePage): void {
    const place = SLOTS + slot;
    const kind = below.#kinds[1] as number;
    this.#kinds[place] = kind;
    copyDigest(below.#words, wordOf(1), this.#words, wordOf(place));
    this.#change(place);
    if (kind !== LEAF) return;
    copyDigest(
      below.#words,
      keyWordOf(below.#leafSlots[1] as number),
      this.#words,
      keyWordOf(slot),
    );
    this.#leafSlots[place] = slot;
  }

  /** Computes the places above changed slots. */
  hashUp(): void {
    for (let place = SLOTS - 1; place > 0; place -= 1) {
      if (this.#stale[place] === 0) continue;
      this.#stale[place] = 0;
      if (this.#raise(place)) continue;
      const pair = this.#pairs[place] as NativeBytes;
      if (this.isEmpty(2 * place)) pair.fill(0, PAIR_AT, PAIR_AT + DIGEST);
      if (this.isEmpty(2 * place + 1)) pair.fill(0, PAIR_AT + DIGEST);
      hashPreimage(pair, this.#pair(place), offsetOf(place));
    }
  }

  /** Is this what was stored, and would everything above its slots be computed as it was stored? */
  isSound(stored: Uint8Array): boolean {
    this.#stale.fill(1, 1);
    this.hashUp();
    return equalBytes(this.encode(), stored);
  }

  /** Of a page whose places are computed. */
  encode(): Uint8Array {
    assert(!this.#stale.includes(1), 'a page is hashed before it is stored');
    const kinds = this.#kinds;
    let [used, leaves, at] = [0, 0, HEAD / WORD];
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const place = SLOTS + slot;
      if (kinds[place] === EMPTY) continue;
      used |= 1 << slot;
      at = copyDigest(this.#words, wordOf(place), form, at);
      if (kinds[place] !== LEAF) continue;
      leaves |= 1 << slot;
      at = copyDigest(this.#words, keyWordOf(slot), form, at);
    }
    for (let place = SLOTS - 1; place > 1; place -= 1) {
      if (kinds[place] === NODE) at = copyDigest(this.#words, wordOf(place), form, at);
    }
    formBytes[0] = used >> 8;
    formBytes[1] = used;
    formBytes[2] = leaves >> 8;
    formBytes[3] = leaves;
    const stored = pooledBytes(at * WORD);
    stored.set(formBytes.subarray(0, at * WORD));
    return stored;
  }

  #decode(stored: Uint8Array): void {
    assert(stored.length <= formBytes.length, 'the store returns what was put');
    formBytes.set(stored);
    const used = ((formBytes[0] as number) << 8) | (formBytes[1] as number);
    const leaves = ((formBytes[2] as number) << 8) | (formBytes[3] as number);
    let at = HEAD / WORD;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const bit = 1 << slot;
      if ((used & bit) === 0) continue;
      const place = SLOTS + slot;
      copyDigest(form, at, this.#words, wordOf(place));
      at += DIGEST_WORDS;
      this.#kinds[place] = NODE;
      if ((leaves & bit) === 0) continue;
      copyDigest(form, at, this.#words, keyWordOf(slot));
      at += DIGEST_WORDS;
      this.#kinds[place] = LEAF;
      this.#leafSlots[place] = slot;
    }
    for (let place = SLOTS - 1; place > 1; place -= 1) {
      if (this.#raise(place)) continue;
      copyDigest(form, at, this.#words, wordOf(place));
      at += DIGEST_WORDS;
    }
    const isWhole = at * WORD === stored.length && (leaves & ~used) === 0;
    assert(isWhole, 'the store returns what was put');
  }

  /** Raises to the place what stands alone below it, or nothing. False: a node stands there, its hash is to be found. */
  #raise(place: number): boolean {
    const kinds = this.#kinds;
    const [left, right] = [2 * place, 2 * place + 1];
    const from = kinds[left] === EMPTY ? right : left;
    const isNode = kinds[from] === NODE || (from === left && kinds[right] !== EMPTY);
    kinds[place] = isNode ? NODE : (kinds[from] as number);
    if (isNode) return false;
    if (kinds[from] === EMPTY) return true;
    this.#leafSlots[place] = this.#leafSlots[from] as number;
    copyDigest(this.#words, wordOf(from), this.#words, wordOf(place));
    return true;
  }

  /** All places above a slot have to be computed. */
  #change(place: number): void {
    for (let above = place >> 1; above > 0; above >>= 1) this.#stale[above] = 1;
  }

  #pair(place: number): NativeBytes {
    return this.#pairs[place >> 1] as NativeBytes;
  }
}

/** Where a place's hash lies in its pair. */
function offsetOf(place: number): number {
  return PAIR_AT + (place & 1) * DIGEST;
}

/** The same of all pairs, in words. */
function wordOf(place: number): number {
  return (place >> 1) * PAIR_WORDS + offsetOf(place) / WORD;
}

function keyWordOf(slot: number): number {
  return KEYS_AT + slot * DIGEST_WORDS;
}

/** Returns the word after the copy. */
function copyDigest(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): number {
  for (let i = 0; i < DIGEST_WORDS; i += 1) to[toAt + i] = from[fromAt + i] as number;
  return toAt + DIGEST_WORDS;
}
