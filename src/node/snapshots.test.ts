import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeSnapshotPage, type SnapshotLeaf } from '../codec/snapshot.ts';
import { Coins } from '../ledger/coins.ts';
import { runToEnd } from '../std/slices.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { Lock, TxId } from '../types/ids.ts';
import { API_LIMITS, WIRE_LIMITS } from '../types/limits.ts';
import { createSnapshots } from './snapshots.ts';

const lock = `01${'cd'.repeat(32)}` as Lock;
const txidOf = (i: number) => i.toString(16).padStart(64, '0') as TxId;

function storeOf(transactions: number, outputs: number): MemoryStore {
  const store = new MemoryStore();
  const coins = new Coins(store);
  for (let i = 0; i < transactions; i++) {
    coins.create(txidOf(i), Array(outputs).fill({ amount: 5n, lock }), 1);
  }
  runToEnd(coins.flush());
  return store;
}

async function pagesOf(store: MemoryStore, epoch: number): Promise<SnapshotLeaf[][]> {
  const snapshots = createSnapshots(store, () => undefined);
  const pages: SnapshotLeaf[][] = [];
  for (let after: TxId | null = null; ; ) {
    const { bytes, next }: { bytes: Uint8Array; next: TxId | null } = await snapshots.page(
      epoch,
      after,
    );
    const page = decodeSnapshotPage(bytes);
    assert(page.ok);
    pages.push(page.value);
    if (next === null) return pages;
    after = next;
  }
}

describe('snapshots of a running node', () => {
  it('give every transaction once, in pages of as many leaves as may be', async () => {
    const most = WIRE_LIMITS.snapshotLeavesMax.value;
    for (const transactions of [1, 256, 300, most, most + 700]) {
      const pages = await pagesOf(storeOf(transactions, 1), 1);
      const txids = pages.flat().map(({ txid }) => txid);
      assert.deepEqual(
        txids,
        Array.from({ length: transactions }, (_, i) => txidOf(i)),
      );
      assert(pages.every((page) => page.length <= most));
    }
  });

  it('end a page that has grown long', async () => {
    const pages = await pagesOf(storeOf(60, 1000), 1);
    assert.deepEqual(
      pages.map((page) => page.length),
      [25, 25, 10],
    );
    assert(25 * 43_000 > API_LIMITS.snapshotPageBytes.value);
  });

  it('have nothing of later epochs', async () => {
    assert.deepEqual(await pagesOf(storeOf(10, 1), 0), [[]]);
  });
});
