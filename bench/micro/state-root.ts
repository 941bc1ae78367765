import { taggedHash } from '../../src/crypto/hash.ts';
import { stateRoot, updateState } from '../../src/ledger/state-tree.ts';
import type { Store } from '../../src/replica/ports.ts';
import { uint32Bytes } from '../../src/std/bytes.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Digest, TxId } from '../../src/types/ids.ts';

/*
 * Cost of the state root per changed leaf: batches of 10,000 changes (half new leaves, a quarter changed,
 * a quarter removed) on trees of several sizes, over a store in memory. CPU time of this process, median
 * of the batches; reads, writes and bytes are what a store on disk would see.
 *
 *   node dist/bench/micro/state-root.js [leaves ...]
 */
const CHANGES = 10_000;
const BATCHES = 7;

class CountingStore extends MemoryStore {
  reads = 0;
  writes = 0;
  written = 0;

  override get(key: string): Uint8Array | undefined {
    this.reads += 1;
    return super.get(key);
  }

  override put(key: string, value: Uint8Array): void {
    this.writes += 1;
    this.written += key.length + value.length;
    super.put(key, value);
  }

  override delete(key: string): void {
    this.writes += 1;
    super.delete(key);
  }
}

function digest(n: number): Digest {
  return taggedHash('transaction', uint32Bytes(n));
}

function run(
  store: Store,
  changes: ReadonlyMap<TxId, Digest | null>,
): { slices: number; us: number } {
  const before = process.cpuUsage();
  const update = updateState(store, changes);
  let slices = 1;
  while (update.next().done !== true) slices += 1;
  const spent = process.cpuUsage(before);
  return { slices, us: spent.user + spent.system };
}

function grow(store: Store, leaves: number): void {
  for (let from = 0; from < leaves; from += 100_000) {
    const changes = new Map<TxId, Digest | null>();
    for (let n = from; n < Math.min(leaves, from + 100_000); n += 1) {
      changes.set(digest(n) as string as TxId, digest(n + 1));
    }
    run(store, changes);
  }
}

function batchOn(leaves: number, batch: number): Map<TxId, Digest | null> {
  const changes = new Map<TxId, Digest | null>();
  for (let k = 0; k < CHANGES; k += 1) {
    const fresh = leaves + batch * CHANGES + k;
    const old = Math.floor((((batch * CHANGES + k) * 0.618_033_988_75) % 1) * leaves);
    const key = k % 2 === 0 ? fresh : old;
    changes.set(digest(key) as string as TxId, k % 4 === 3 ? null : digest(fresh + 7));
  }
  return changes;
}

function measure(leaves: number): Record<string, number | string> {
  const store = new CountingStore();
  grow(store, leaves);
  const times: number[] = [];
  let slices = 0;
  run(store, batchOn(leaves, 0));
  store.reads = store.writes = store.written = 0;
  for (let batch = 1; batch <= BATCHES; batch += 1) {
    const result = run(store, batchOn(leaves, batch));
    times.push(result.us / CHANGES);
    slices = result.slices;
  }
  times.sort((a, b) => a - b);
  const per = CHANGES * BATCHES;
  return {
    leaves,
    'us per change': (times[BATCHES >> 1] ?? 0).toFixed(2),
    reads: (store.reads / per).toFixed(2),
    writes: (store.writes / per).toFixed(2),
    'bytes written': Math.round(store.written / per),
    slices,
    root: stateRoot(store).slice(0, 12),
  };
}

const sizes = process.argv.slice(2).map(Number);
console.table((sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]).map(measure));
