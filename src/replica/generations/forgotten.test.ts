import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecord } from '../../ledger/coin-record.ts';
import { uint32Bytes } from '../../std/bytes.ts';
import type { Lock } from '../../types/ids.ts';
import { certificateKey, outcomesKey } from '../outcomes/epoch-keys.ts';
import { forgottenKeys, isForgotten, LOOKED_THROUGH } from './forgotten.ts';

test('9.9: with dropped generations go their ledgers, and certificates up to that of the stop checkpoint kept', () => {
  const keys = forgottenKeys({ generation: 1, epoch: 2 }, { generation: 2, epoch: 4 });
  assert.deepEqual(
    [...keys],
    [certificateKey(2), outcomesKey(3), certificateKey(3), outcomesKey(4)],
  );
});

test('9.9: with them go rejected transactions of their ledgers, and no coins that are unspent', () => {
  const edge = { generation: 2, epoch: 4 };
  const [coins, rejected] = LOOKED_THROUGH;
  const gone = [3, 4, 5].map((epoch) =>
    isForgotten({ key: `${rejected}ab`, value: uint32Bytes(epoch) }, edge),
  );
  assert.deepEqual(gone, [true, true, false]);
  const value = createRecord([{ amount: 1n, lock: `01${'ab'.repeat(32)}` as Lock }], 3);
  assert.equal(isForgotten({ key: `${coins}ab`, value }, edge), false);
});
