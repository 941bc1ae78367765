import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COIN_TABLE } from '../../ledger/coins.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { SnapshotPage } from './snapshot.ts';

test('a page is full after so many reads, though nothing of them is unspent', () => {
  const page = new SnapshotPage(1);
  let reads = 0;
  for (; !page.isFull && reads <= API_LIMITS.snapshotPageReadsMax.value; reads++) {
    page.add({ key: `${COIN_TABLE}${reads}`, value: new Uint8Array([0, 0, 0, 9, 0, 0]) });
  }
  assert.equal(reads, API_LIMITS.snapshotPageReadsMax.value);
  assert.equal(page.last, `${reads - 1}`);
});
