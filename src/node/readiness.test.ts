import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readiness } from './readiness.ts';

function readiness(lane: number | null, online: number, isCaughtUp: boolean) {
  const parts = { lane, quorum: 3, online: () => online, isCaughtUp: () => isCaughtUp };
  return new Readiness({ ...parts, becameReady: () => {} });
}

test('a validator is ready with a quorum and what that holds, a node without a lane needs the first', () => {
  const rows = [
    [0, 3, true, true],
    [0, 3, false, false],
    [0, 2, true, false],
    [null, 3, false, true],
    [null, 2, true, false],
  ] as const;
  for (const [lane, online, isCaughtUp, isReady] of rows) {
    assert.equal(readiness(lane, online, isCaughtUp).isReady, isReady);
  }
});

test('a check that is passed without being met says why', () => {
  const detailOf = (lane: number | null) => readiness(lane, 3, false).checks()[1]?.detail ?? '';
  assert.match(detailOf(null), /holds more; without a lane that is no matter$/);
  assert.match(detailOf(0), /holds more$/);
});
