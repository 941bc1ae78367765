import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateKey, outcomesKey } from '../outcomes/epoch-keys.ts';
import { forgottenKeys } from './forgotten.ts';

test('9.9: with dropped generations go their ledgers, and certificates up to that of the stop checkpoint kept', () => {
  const keys = forgottenKeys({ generation: 1, epoch: 2 }, { generation: 2, epoch: 4 });
  assert.deepEqual(
    [...keys],
    [certificateKey(2), outcomesKey(3), certificateKey(3), outcomesKey(4)],
  );
});
