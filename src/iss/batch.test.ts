import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backPressure } from './back-pressure.ts';
import { batchDueMs } from './batch.ts';

const POLICY = {
  batchTxsMax: 10,
  batchBytesMax: 1000,
  batchTimeoutMs: 20,
  minBlockIntervalMs: 5,
  laneWindow: 2,
  mempoolTxsMax: 50,
  mempoolBytesMax: 5000,
  uncheckpointedTxsMax: 200,
};

const STATE = { waitingTxs: 1, waitingBytes: 100, oldestMs: 50, uncertified: 1, lastBlockMs: 48 };

describe('batch', () => {
  it('waits for nothing when nothing waits or the lane is backed up', () => {
    assert.equal(batchDueMs({ ...STATE, oldestMs: null }, POLICY), null);
    assert.equal(batchDueMs({ ...STATE, uncertified: 2 }, POLICY), null);
  });

  it('is cut at once by an idle lane, and by a busy one when full, at the least interval', () => {
    assert.equal(batchDueMs({ ...STATE, uncertified: 0 }, POLICY), 53);
    assert.equal(batchDueMs({ ...STATE, waitingTxs: 10 }, POLICY), 53);
    assert.equal(batchDueMs({ ...STATE, waitingBytes: 1000 }, POLICY), 53);
  });

  it('is gathered by a busy lane until its first transaction has waited long enough', () => {
    assert.equal(batchDueMs({ ...STATE, waitingTxs: 9, waitingBytes: 999 }, POLICY), 70);
    assert.equal(batchDueMs({ ...STATE, lastBlockMs: 69 }, POLICY), 74);
  });
});

describe('back-pressure', () => {
  const load = { mempoolTxs: 0, mempoolBytes: 0, uncertified: 0, uncheckpointedTxs: 0 };

  it('is busy at each of the three bounds', () => {
    assert.equal(backPressure(load, POLICY), 'keep');
    assert.equal(backPressure({ ...load, mempoolTxs: POLICY.mempoolTxsMax }, POLICY), 'busy');
    assert.equal(backPressure({ ...load, mempoolBytes: POLICY.mempoolBytesMax }, POLICY), 'busy');
    assert.equal(
      backPressure({ ...load, uncheckpointedTxs: POLICY.uncheckpointedTxsMax }, POLICY),
      'busy',
    );
  });

  it('forwards when the lane is backed up and a batch waits already', () => {
    assert.equal(backPressure({ ...load, uncertified: 2, mempoolTxs: 9 }, POLICY), 'keep');
    assert.equal(backPressure({ ...load, uncertified: 1, mempoolTxs: 10 }, POLICY), 'keep');
    assert.equal(backPressure({ ...load, uncertified: 2, mempoolTxs: 10 }, POLICY), 'forward');
  });
});
