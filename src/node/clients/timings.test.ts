import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TxId } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import { Timings } from './timings.ts';

const txidOf = (number: number) => String(number).padStart(64, '0') as TxId;

test('a payment is timed also behind any number of which nothing came', () => {
  let nowMs = 0;
  const observed: [string, number][] = [];
  const timings = new Timings(
    (...observation) => observed.push(observation),
    () => nowMs,
  );
  for (let n = 0; n <= NODE_LIMITS.mempoolTxsMax.value; n += 1) timings.submitted(txidOf(n));
  const paid = txidOf(123_456);
  timings.submitted(paid);
  nowMs = 250;
  timings.released([
    { kind: 'admitted', txid: paid },
    { kind: 'final', txid: paid, path: 'clean' },
    { kind: 'checkpointed', txid: paid, epoch: 1 },
  ]);
  assert.deepEqual(observed, [['clean', 0.25]]);
});
