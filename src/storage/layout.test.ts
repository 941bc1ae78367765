import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest, Lock, TxId } from '../types/ids.ts';
import { outpointKey } from '../types/ids.ts';
import * as layout from './layout.ts';
import { decodeKey, encodeKey } from './level-key.ts';

const digest = 'ab'.repeat(32) as Digest;
const outpoint = outpointKey('cd'.repeat(32) as TxId, 7);
const lock = `01${'ef'.repeat(32)}` as Lock;

const KEYS: Record<layout.Table, string> = {
  b: layout.blockKey(1),
  d: layout.digestKey(digest),
  l: layout.laneKey(3, 258),
  t: layout.transactionKey('ab'.repeat(32) as TxId),
  s: layout.spendersKey(outpoint),
  c: layout.coinKey(outpoint),
  a: layout.ownedKey(lock, outpoint),
  k: layout.checkpointKey(5),
  o: layout.outcomesKey(5),
  n: layout.stateNodeKey('0a'),
  e: layout.evidenceKey(1, 2, digest),
};

test('every table has keys of its own letter, which survive the bytes of LevelDB', () => {
  for (const [table, key] of Object.entries(KEYS)) {
    assert.equal(key[0], table);
    assert.equal(decodeKey(encodeKey(key)), key);
  }
  assert.deepEqual(Object.keys(KEYS).sort(), Object.keys(layout.TABLES).sort());
});

test('numbers sort as numbers', () => {
  assert.equal(layout.laneKey(3, 258), 'l0000000300000102');
  assert.ok(layout.blockKey(9) < layout.blockKey(10));
  assert.ok(layout.blockKey(255) < layout.blockKey(256));
  assert.ok(layout.blockKey(65_535) < layout.blockKey(2_147_483_647));
});

test("an owner's keys begin with his prefix and end with the outpoint", () => {
  const key = layout.ownedKey(lock, outpoint);
  assert.ok(key.startsWith(layout.ownedPrefix(lock)));
  assert.equal(layout.ownedOutpoint(key), outpoint);
});
