import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coins } from '../../test/arbitraries.ts';
import { holdsCanonical } from '../../test/canonical.ts';
import type { Lock, TxId } from '../types/ids.ts';
import { decodeCoin, encodeCoin } from './coin.ts';

test('a coin has one encoding', () => {
  holdsCanonical({ encode: encodeCoin, decode: decodeCoin }, coins);
});

test('a spent coin says since when, and no coin is of 0', () => {
  const coin = {
    amount: 1n,
    lock: `01${'ab'.repeat(32)}` as Lock,
    acceptedEpoch: 3,
    spentBy: 'cd'.repeat(32) as TxId,
    spentEpoch: 4,
  };
  assert.equal(encodeCoin(coin).length, 81);
  assert.equal(encodeCoin({ ...coin, spentBy: null }).length, 45);
  assert.equal(decodeCoin(encodeCoin(coin)).ok, true);
  assert.equal(decodeCoin(encodeCoin({ ...coin, spentEpoch: 0 })).ok, false);
  assert.equal(decodeCoin(encodeCoin({ ...coin, amount: 0n })).ok, false);
});
