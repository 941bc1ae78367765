import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { taggedHash } from '../crypto/hash.ts';
import type { Store } from '../replica/ports.ts';
import { uint32Bytes } from '../std/bytes.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';
import { stateLeafHash, verifyState } from './state-proof.ts';
import { holdsState, proveState, stateRoot, updateState } from './state-tree.ts';

function content(store: MemoryStore): Map<string, string> {
  return new Map([...store.copy()].map(([key, value]) => [key, [...value].join()]));
}

type Leaves = Map<TxId, Digest>;

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOf(digest: string): Uint8Array {
  return Uint8Array.from(digest.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function bits(key: string): string {
  return [...bytesOf(key)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** The definition in state-proof.ts, word for word. */
function naiveRoot(leaves: Leaves): Digest {
  const node = (
    set: readonly { path: string; key: TxId; value: Digest }[],
    depth: number,
  ): Digest => {
    const [first] = set;
    if (first === undefined) return ZERO_DIGEST;
    if (set.length === 1) {
      return taggedHash('state-leaf', bytesOf(first.key), bytesOf(first.value));
    }
    const left = set.filter(({ path }) => path.charAt(depth) === '0');
    const right = set.filter(({ path }) => path.charAt(depth) === '1');
    const sides = [node(left, depth + 1), node(right, depth + 1)] as const;
    return taggedHash('state-node', bytesOf(sides[0]), bytesOf(sides[1]));
  };
  return node(
    [...leaves].map(([key, value]) => ({ path: bits(key), key, value })),
    0,
  );
}

function apply(store: Store, changes: ReadonlyMap<TxId, Digest | null>): Digest {
  const update = updateState(store, changes);
  for (;;) {
    const { done, value } = update.next();
    if (done) return value;
  }
}

const digest = (n: number) => taggedHash('transaction', uint32Bytes(n));
const txid = (n: number) => digest(n) as string as TxId;

/** Few keys, and such that share long runs of their first bits: what grinding could make, and worse. */
const closeKey = fc
  .tuple(fc.constantFrom(0, 1, 3, 4, 5, 31, 130, 254, 255), fc.nat(3), fc.boolean())
  .map(([depth, nibble, high]) => {
    const key = new Uint8Array(32).fill(high ? 0xff : 0);
    const at = depth >> 3;
    key[at] = (key[at] as number) ^ (0x80 >> (depth & 7));
    key[31] = (key[31] as number) ^ nibble;
    return hex(key) as TxId;
  });
const spreadKey = fc.nat(60).map(txid);
const change = fc.tuple(
  fc.oneof(closeKey, spreadKey),
  fc.option(fc.nat(3).map(digest), { freq: 2, nil: null }),
);
const batch = fc.array(change, { maxLength: 25, size: 'max' }).map((changes) => new Map(changes));

function applyTo(leaves: Leaves, changes: ReadonlyMap<TxId, Digest | null>): void {
  for (const [key, value] of changes) {
    if (value === null) leaves.delete(key);
    else leaves.set(key, value);
  }
}

describe('state tree', () => {
  it('has the root of its definition after every batch of changes', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 5 }), (batches) => {
        const store = new MemoryStore();
        const leaves: Leaves = new Map();
        for (const changes of batches) {
          applyTo(leaves, changes);
          assert.equal(apply(store, changes), naiveRoot(leaves));
          assert.equal(stateRoot(store), naiveRoot(leaves));
          assert.ok(holdsState(store, naiveRoot(leaves), (key) => leaves.get(key) ?? null));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same, down to the stored bytes, whatever its history', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), (batches) => {
        const leaves: Leaves = new Map();
        const store = new MemoryStore();
        for (const changes of batches) {
          applyTo(leaves, changes);
          apply(store, changes);
        }
        const fresh = new MemoryStore();
        apply(fresh, new Map([...leaves].toReversed()));
        assert.deepEqual(content(fresh), content(store));
      }),
    );
  });

  it('has the empty root and an empty store once the last leaf is removed', () => {
    fc.assert(
      fc.property(batch, (changes) => {
        const store = new MemoryStore();
        apply(store, changes);
        const none = new Map([...changes.keys()].map((key) => [key, null]));
        assert.equal(apply(store, none), ZERO_DIGEST);
        assert.equal(store.size, 0);
      }),
    );
  });

  it('yields in a large update and writes nothing before its end', () => {
    const store = new MemoryStore();
    apply(store, new Map([[txid(0), digest(1)]]));
    const before = content(store);
    const changes = new Map(Array.from({ length: 3000 }, (_, n) => [txid(n), digest(n)]));
    const update = updateState(store, changes);
    let slices = 1;
    while (update.next().done !== true) {
      slices += 1;
      if (slices < 4) assert.deepEqual(content(store), before);
    }
    assert.ok(slices > 3);
    assert.equal(stateRoot(store), naiveRoot(changes));
  });
});

describe('a stored state tree', () => {
  const leaves: Leaves = new Map(Array.from({ length: 40 }, (_, n) => [txid(n), digest(n)]));
  const leafValue = (key: TxId) => leaves.get(key) ?? null;
  const store = new MemoryStore();
  const root = apply(store, leaves);
  const holds = (place: MemoryStore, value = leafValue): boolean => {
    try {
      return holdsState(place, root, value);
    } catch (cause) {
      assert.match((cause as Error).message, /the store returns what was put/);
      return false;
    }
  };

  it('is not whole when a bit of any page is another one, wherever that is, or a page is missing', () => {
    assert.ok(holds(store));
    const pages = [...store.copy()];
    assert.ok(pages.length > 5);
    for (const [key, bytes] of pages) {
      const damaged = new MemoryStore();
      for (const [other, value] of pages) damaged.put(other, value);
      for (let at = 0; at < bytes.length; at += 3) {
        damaged.put(key, bytes.with(at, (bytes[at] as number) ^ (1 << (at % 8))));
        assert.ok(!holds(damaged), `${key} at ${at}`);
      }
      damaged.delete(key);
      assert.ok(!holds(damaged), `${key} is missing`);
    }
  });

  it('is not that of other leaves, nor of another root', () => {
    assert.ok(!holds(store, (key) => (key === txid(7) ? digest(8) : leafValue(key))));
    assert.ok(!holds(store, (key) => (key === txid(7) ? null : leafValue(key))));
    assert.ok(!holdsState(store, digest(1), leafValue));
    assert.ok(!holdsState(new MemoryStore(), root, leafValue));
    assert.ok(holdsState(new MemoryStore(), ZERO_DIGEST, leafValue));
  });
});

describe('proofs of the state tree', () => {
  it('show what is there and what is not, for every key and every set', () => {
    fc.assert(
      fc.property(batch, closeKey, spreadKey, (changes, ...others) => {
        const store = new MemoryStore();
        const leaves: Leaves = new Map();
        applyTo(leaves, changes);
        const root = apply(store, changes);
        for (const key of [...changes.keys(), ...others]) {
          const value = leaves.get(key) ?? null;
          const proof = proveState(store, key, (found) => leaves.get(found) ?? null);
          assert.ok(verifyState(root, key, value, proof));
          const wrong = value === null ? digest(9) : null;
          assert.ok(!verifyState(root, key, wrong, proof), 'not both');
          assert.ok(!verifyState(root, key, digest(8), proof), 'no other value');
          assert.ok(!verifyState(digest(7), key, value, proof), 'no other root');
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are as long as the tree is high', () => {
    const store = new MemoryStore();
    const changes = new Map(Array.from({ length: 4096 }, (_, n) => [txid(n), digest(n)]));
    apply(store, changes);
    for (let n = 0; n < 50; n += 1) {
      const { siblings } = proveState(store, txid(n), (key) => changes.get(key) ?? null);
      assert.ok(siblings.length >= 8 && siblings.length <= 24, `${siblings.length}`);
    }
  });

  it('do not pass when any part is changed', () => {
    const store = new MemoryStore();
    const changes = new Map(Array.from({ length: 40 }, (_, n) => [txid(n), digest(n)]));
    const root = apply(store, changes);
    const leafValue = (key: TxId) => changes.get(key) ?? null;
    const key = txid(5);
    const proof = proveState(store, key, leafValue);
    const value = digest(5);
    assert.ok(verifyState(root, key, value, proof));
    for (const [i] of proof.siblings.entries()) {
      const siblings = proof.siblings.with(i, digest(77));
      assert.ok(!verifyState(root, key, value, { ...proof, siblings }));
    }
    assert.ok(!verifyState(root, key, value, { ...proof, siblings: proof.siblings.slice(1) }));
    assert.ok(!verifyState(root, key, null, { ...proof, leaf: null }));
    assert.ok(!verifyState(root, txid(6), value, proof), 'a proof is of one key');
    assert.ok(!verifyState(root, key, value, { ...proof, key: txid(6) }));
    assert.ok(!verifyState(root, key, value, { ...proof, siblings: new Array(300).fill(root) }));
  });

  it('do not pass with what is no hex, which hashing would skip', () => {
    const store = new MemoryStore();
    const changes = new Map([txid(1), txid(2)].map((key) => [key, digest(1)]));
    const root = apply(store, changes);
    const proof = proveState(store, txid(1), () => digest(1));
    // The right sibling is in the memory of the hash function now.
    assert.ok(verifyState(root, txid(1), digest(1), proof));
    for (const bad of ['', 'zz'.repeat(32), 'AB'.repeat(32)]) {
      const siblings = proof.siblings.with(-1, bad as Digest);
      assert.ok(!verifyState(root, txid(1), digest(1), { ...proof, siblings }), bad);
    }
  });

  it('take no leaf of elsewhere for an absent key, and no node for a leaf', () => {
    const store = new MemoryStore();
    const changes = new Map(Array.from({ length: 40 }, (_, n) => [txid(n), digest(n)]));
    const root = apply(store, changes);
    const leafValue = (key: TxId) => changes.get(key) ?? null;
    const present = proveState(store, txid(5), leafValue);
    // The path of txid(5) proves nothing about a key that goes another way, nor about txid(5).
    for (let n = 100; n < 140; n += 1) {
      const proof = { ...present, key: txid(n) };
      const shares = bits(txid(n)).startsWith(bits(txid(5)).slice(0, present.siblings.length));
      assert.equal(verifyState(root, txid(n), null, proof), shares);
    }
    // Two siblings at the end of a path, passed off as the key and value of a leaf one level higher.
    const deepest = present.siblings.at(-1) as Digest;
    const own = stateLeafHash(txid(5), digest(5));
    for (const [left, right] of [
      [own, deepest],
      [deepest, own],
    ] as const) {
      const leaf = { key: left as string as TxId, value: right };
      const siblings = present.siblings.slice(0, -1);
      assert.ok(!verifyState(root, txid(5), null, { key: txid(5), siblings, leaf }));
      assert.ok(!verifyState(root, leaf.key, right, { key: leaf.key, siblings, leaf }));
    }
  });
});
