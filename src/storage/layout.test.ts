import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lock, TxId } from '../types/ids.ts';
import { outpointKey } from '../types/ids.ts';
import { ownedKey, ownedOutpoint, ownedPrefix, TABLES } from './layout.ts';

test("an owner's keys begin with his prefix and end with the outpoint", () => {
  const outpoint = outpointKey('cd'.repeat(32) as TxId, 7);
  const lock = `01${'ef'.repeat(32)}` as Lock;
  const key = ownedKey(lock, outpoint);
  assert.ok(key.startsWith(ownedPrefix(lock)));
  assert.equal(ownedOutpoint(key), outpoint);
});

test('a table is one lower-case letter', () => {
  for (const letter of Object.keys(TABLES)) assert.match(letter, /^[a-z]$/);
});
