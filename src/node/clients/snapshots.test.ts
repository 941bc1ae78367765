import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { certificates } from '../../../test/codec/arbitraries.ts';
import { decodeSnapshotPage, type SnapshotLeaf } from '../../codec/snapshot.ts';
import { Coins } from '../../ledger/coins.ts';
import { runToEnd } from '../../std/slices.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Lock, TxId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import { PacedSlices } from '../loop/paced-slices.ts';
import { createSnapshots } from './snapshots.ts';

const lock = `01${'cd'.repeat(32)}` as Lock;
const [certificate] = fc.sample(certificates, { numRuns: 1, seed: 1 }) as [Certificate];
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

/** Counts slices, which take no time. */
function counted() {
  let count = 0;
  const slices = new PacedSlices({ now: () => 0, pause: async () => void (count += 1) });
  return { slices, count: () => count };
}

async function pagesOf(store: MemoryStore, epoch: number): Promise<SnapshotLeaf[][]> {
  const snapshots = createSnapshots(store, () => undefined, counted().slices);
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

  it('are made in slices of a few entries, ledgers in parts', async () => {
    const { slices, count } = counted();
    const ledger = {
      certificate,
      outcomes: [],
      fees: [],
      accepted: Array<Uint8Array>(9).fill(new Uint8Array(30_000)),
    };
    const snapshots = createSnapshots(storeOf(640, 1), () => ledger, slices);
    await snapshots.page(1, null);
    assert.equal(count(), 12, 'ten of 64, one that finds nothing, the encoding');
    for await (const _ of snapshots.ledger(1) ?? []);
    assert.equal(count(), 12 + 7, 'the head, four of two transactions each, the rest, the end');
  });

  it('go no further once nobody wants them', async () => {
    const { slices, count } = counted();
    const left = new AbortController();
    const page = createSnapshots(storeOf(640, 1), () => undefined, slices).page(
      1,
      null,
      left.signal,
    );
    left.abort();
    await page;
    assert.equal(count(), 2);
  });
});
