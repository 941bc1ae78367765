import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScanOptions, StoreEntry } from '../replica/ports.ts';
import { ownedKey } from '../storage/layout.ts';
import { type Lock, outpointKey, type TxId } from '../types/ids.ts';
import { createAddressIndex } from './address-index.ts';

const OWNER = `01${'ab'.repeat(32)}` as Lock;
const COIN = outpointKey('cd'.repeat(32) as TxId, 7);

/** An amount that names the ledger in which it was read. */
function coinOf(epoch: number): StoreEntry {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(epoch));
  return { key: ownedKey(OWNER, COIN), value };
}

test('a page is of the ledger that it names, though cuts come before it and while it is read', async () => {
  let epoch = 3;
  const asked: [string, ScanOptions][] = [];
  const store = {
    async scan(prefix: string, options: ScanOptions) {
      asked.push([prefix, options]);
      const seen = coinOf(epoch);
      epoch += 1;
      return [seen];
    },
  };
  const whole = async () => {
    epoch += 1;
  };
  const index = createAddressIndex(store, () => epoch, whole);
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
