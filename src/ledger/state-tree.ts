import type { Store } from '../replica/ports.ts';
import { assert, defined } from '../std/assert.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';
import type { StateProof } from '../types/proof.ts';
import { SLOTS, StatePage } from './state-page.ts';
import { stateLeafHash } from './state-proof.ts';

/** Key table of this file (storage/layout.ts): prefix of the keys in hex digits -> page. */
const PAGES = 'n';

/** So many pages are computed between two yields: about a millisecond. */
const PAGES_PER_SLICE = 100;

/** A page on the way down to the changes, which are a run of the sorted ones. */
type Frame = {
  readonly prefix: string;
  readonly page: StatePage;
  /** Is a page of this prefix in the store? */
  readonly stored: boolean;
  /** Next change to be looked at, and the end of those under this page. */
  next: number;
  readonly end: number;
};

/** Root of the tree that is stored; 32 zero bytes when it is empty. */
export function stateRoot(store: Store): Digest {
  const page = new StatePage();
  page.reset(store.get(PAGES));
  page.hashUp();
  return page.hash(1);
}

/**
 * Does the store hold the tree of this root, down to leaves with these values? Every page is read and hashed
 * again: what is wrong far below would show when somebody changes what stands beside it, not before.
 */
export function holdsState(
  store: Store,
  root: Digest,
  leafValue: (key: TxId) => Digest | null,
): boolean {
  const page = new StatePage();
  const open = root === ZERO_DIGEST ? [] : [{ prefix: '', hash: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const stored = store.get(PAGES + next.prefix);
    if (stored === undefined) return false;
    page.reset(stored);
    if (!page.isSound(stored) || page.hash(1) !== next.hash) return false;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const [place, hash] = [SLOTS + slot, page.hash(SLOTS + slot)];
      if (page.isEmpty(place)) continue;
      if (!page.isLeaf(place)) open.push({ prefix: next.prefix + slot.toString(SLOTS), hash });
      else if (!isLeafOf(page.key(place), hash, leafValue)) return false;
    }
  }
  return true;
}

function isLeafOf(key: TxId, hash: Digest, leafValue: (key: TxId) => Digest | null): boolean {
  const value = leafValue(key);
  return value !== null && stateLeafHash(key, value) === hash;
}

/**
 * Sets the leaf of each key to its value, or removes it (null); the result is the new root. It yields
 * now and then so that a driver can do other things. The store is changed by the last step alone and in
 * one go: until then it holds, and proofs show, the tree as it was, and an update that is given up
 * leaves no trace. Only one update may be under way.
 */
export function* updateState(
  store: Store,
  changes: ReadonlyMap<TxId, Digest | null>,
): Generator<void, Digest> {
  const update = new Update(store, changes);
  let done = update.step(PAGES_PER_SLICE);
  while (!done) {
    yield;
    done = update.step(PAGES_PER_SLICE);
  }
  update.write();
  return update.root;
}

/** Has the tree a leaf of this key? */
export function holdsLeaf(store: Pick<Store, 'get'>, key: TxId): boolean {
  const page = new StatePage();
  for (let depth = 0; ; depth += 1) {
    const stored = store.get(PAGES + key.slice(0, depth));
    if (stored === undefined) return false;
    page.reset(stored);
    const place = SLOTS + digitAt(key, depth);
    if (page.isEmpty(place)) return false;
    if (page.isLeaf(place)) return page.key(place) === key;
  }
}

/** Path to the place of `key`. `leafValue` gives the present value of a leaf, its own or another one's. */
export function proveState(
  store: Store,
  key: TxId,
  leafValue: (key: TxId) => Digest | null,
): StateProof {
  const siblings: Digest[] = [];
  const page = new StatePage();
  for (let depth = 0; ; depth += 1) {
    const stored = store.get(PAGES + key.slice(0, depth));
    assert(stored !== undefined || depth === 0, 'a node has a page');
    page.reset(stored);
    page.hashUp();
    const place = descend(page, digitAt(key, depth), siblings);
    if (page.isEmpty(place)) return { key, siblings, leaf: null };
    if (!page.isLeaf(place)) continue;
    const found = page.key(place);
    const value = defined(leafValue(found), 'the value of a leaf of the tree');
    return { key, siblings, leaf: { key: found, value } };
  }
}

/** The place where the way to a slot ends; adds the siblings on that way. */
function descend(page: StatePage, slot: number, siblings: Digest[]): number {
  let place = 1;
  for (let bit = 3; bit >= 0; bit -= 1) {
    if (page.isEmpty(place) || page.isLeaf(place)) break;
    place = 2 * place + ((slot >> bit) & 1);
    siblings.push(page.hash(place ^ 1));
  }
  return place;
}

/** One walk over all pages that lie above changed leaves, deepest first. */
class Update {
  root: Digest = ZERO_DIGEST;
  readonly #store: Store;
  readonly #keys: readonly TxId[];
  readonly #changes: ReadonlyMap<TxId, Digest | null>;
  readonly #stack: Frame[] = [];
  readonly #scratch: StatePage[] = [];
  /** Pages to be written, each once; null: to be deleted. */
  readonly #written: { readonly prefix: string; readonly bytes: Uint8Array | null }[] = [];

  constructor(store: Store, changes: ReadonlyMap<TxId, Digest | null>) {
    this.#store = store;
    this.#changes = changes;
    this.#keys = [...changes.keys()].sort();
    this.#open('', 0, this.#keys.length);
  }

  /** Finishes at most `budget` pages; true when the root is known. */
  step(budget: number): boolean {
    let finished = 0;
    while (finished < budget) {
      const frame = this.#stack.at(-1);
      if (frame === undefined) return true;
      if (frame.next < frame.end) {
        this.#changeSlot(frame);
      } else {
        this.#close(frame);
        finished += 1;
      }
    }
    return this.#stack.length === 0;
  }

  write(): void {
    for (const { prefix, bytes } of this.#written) {
      if (bytes === null) this.#store.delete(PAGES + prefix);
      else this.#store.put(PAGES + prefix, bytes);
    }
  }

  /** Applies the changes that fall into the next slot, here or in a page below. */
  #changeSlot(frame: Frame): void {
    const first = frame.next;
    const key = this.#keys[first] as TxId;
    const depth = frame.prefix.length;
    const slot = digitAt(key, depth);
    const place = SLOTS + slot;
    frame.next = this.#endOfRun(frame, key.charAt(depth), depth);
    const { page } = frame;
    const alone = frame.next === first + 1;
    if (!page.isEmpty(place) && !page.isLeaf(place)) {
      this.#open(frame.prefix + key.charAt(depth), first, frame.next);
    } else if (alone && (page.isEmpty(place) || page.key(place) === key)) {
      this.#change(page, slot, key);
    } else {
      this.#openNew(frame.prefix + key.charAt(depth), page, place, first, frame.next);
    }
  }

  #endOfRun(frame: Frame, digit: string, depth: number): number {
    let end = frame.next + 1;
    while (end < frame.end && (this.#keys[end] as TxId).charAt(depth) === digit) end += 1;
    return end;
  }

  /** Goes down to a page that the store has (the root page: may have). */
  #open(prefix: string, next: number, end: number): void {
    const stored = this.#store.get(PAGES + prefix);
    assert(stored !== undefined || prefix === '', 'a node has a page');
    const page = this.#pageAt(prefix.length);
    page.reset(stored);
    this.#stack.push({ prefix, page, stored: stored !== undefined, next, end });
  }

  /** Goes down to a page that may be needed now, where nothing or a single leaf was. */
  #openNew(prefix: string, above: StatePage, place: number, next: number, end: number): void {
    const page = this.#pageAt(prefix.length);
    page.reset(undefined);
    if (above.isLeaf(place)) {
      const key = above.key(place);
      page.setLeaf(digitAt(key, prefix.length), key, above.hash(place));
    }
    this.#stack.push({ prefix, page, stored: false, next, end });
  }

  /** One page of memory per depth is enough: the walk has one page open at each. */
  #pageAt(depth: number): StatePage {
    return (this.#scratch[depth] ??= new StatePage());
  }

  /** Gives the page's root to the page above. A page is kept only for more than one leaf. */
  #close({ prefix, page, stored }: Frame): void {
    this.#stack.pop();
    page.hashUp();
    const above = this.#stack.at(-1);
    const needed = !page.isEmpty(1) && (above === undefined || !page.isLeaf(1));
    if (needed) this.#written.push({ prefix, bytes: page.encode() });
    else if (stored) this.#written.push({ prefix, bytes: null });
    if (above === undefined) this.root = page.hash(1);
    else above.page.setRootOf(digitAt(prefix, prefix.length - 1), page);
  }

  #change(page: StatePage, slot: number, key: TxId): void {
    const value = this.#changes.get(key) ?? null;
    if (value === null) page.clear(slot);
    else page.setLeaf(slot, key, stateLeafHash(key, value));
  }
}

function digitAt(hex: string, at: number): number {
  return Number.parseInt(hex.charAt(at), SLOTS);
}
