import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scanner, ScanOptions, StoreEntry } from '../../replica/ports.ts';
import { ownedKey } from '../../storage/layout.ts';
import { type Lock, outpointKey, type TxId } from '../../types/ids.ts';
import { createAddressIndex } from './address-index.ts';

const OWNER = `01${'ab'.repeat(32)}` as Lock;
const COIN = outpointKey('cd'.repeat(32) as TxId, 7);

/** An amount that names the ledger in which it was read. */
function coinOf(epoch: number): StoreEntry {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(epoch));
  return { key: ownedKey(OWNER, COIN), value };
}

/** A cut is half done whenever somebody comes, and the ledger moves on as soon as it was read. */
function movingOn(): {
  store: Scanner;
  asked: unknown[];
  epoch: () => number;
  whole: () => Promise<void> | null;
} {
  let epoch = 3;
  let isMidStep = false;
  const asked: unknown[] = [];
  return {
    asked,
    epoch: () => epoch,
    whole: () => {
      isMidStep = !isMidStep;
      if (!isMidStep) return null;
      epoch += 1;
      return Promise.resolve();
    },
    store: {
      async scan(prefix: string, options: ScanOptions) {
        asked.push([prefix, options]);
        const seen = coinOf(epoch);
        epoch += 1;
        return [seen];
      },
      async each(prefix: string, take: (value: Uint8Array) => boolean) {
        asked.push(prefix);
        const { value } = coinOf(epoch);
        for (let left = 12; left > 0 && take(value); left -= 1) epoch += 1;
      },
    },
  };
}

test('a page is of the ledger that it names, though cuts come before it and while it is read', async () => {
  const { store, asked, epoch, whole } = movingOn();
  const index = createAddressIndex(store, epoch, whole);
  for (const [after, shown] of [
    [null, 4],
    [COIN, 6],
  ] as const) {
    const page = await index.unspent(OWNER, after, 10);
    assert.deepEqual(page, { epoch: shown, entries: [{ key: COIN, amount: BigInt(shown) }] });
  }
  assert.deepEqual(asked, [
    [`a${OWNER}`, { limit: 10 }],
    [`a${OWNER}`, { limit: 10, after: ownedKey(OWNER, COIN) }],
  ]);
});

test('a balance is of the ledger that it names, though cuts come before it and while it is added up', async () => {
  const { store, asked, epoch, whole } = movingOn();
  const index = createAddressIndex(store, epoch, whole);
  for (const [outputsMax, outputs, shown] of [
    [12, 12, 4],
    [11, 11, 17],
  ] as const) {
    assert.deepEqual(await index.balance(OWNER, outputsMax), {
      epoch: shown,
      amount: BigInt(outputs * shown),
      outputs,
      complete: outputs === 12,
    });
  }
  assert.deepEqual(asked, [`a${OWNER}`, `a${OWNER}`]);
});

test('of those that are asked for at once one begins in each turn of the event loop, also behind a long step', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let step: Promise<void> | null = promise;
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns += 1;
    if (turns === 50) {
      step = null;
      resolve();
    }
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const begun: number[] = [];
  const store: Scanner = {
    scan: async () => [coinOf(begun.push(turns))],
    each: async () => void begun.push(turns),
  };
  const index = createAddressIndex(
    store,
    () => 1,
    () => step,
  );
  const asked = Array.from({ length: 20 }, (_, i) =>
    i % 2 === 0 ? index.balance(OWNER, 1) : index.unspent(OWNER, null, 1),
  );
  await Promise.all(asked);
  isOver = true;
  assert.equal(new Set(begun).size, 20, `${begun}`);
});
