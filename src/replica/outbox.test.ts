import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from './outbox.ts';

test('the first reason to halt is the one that is reported', () => {
  const out = new Outbox();
  assert.equal(out.effects(null).halt, null);
  out.stop('state-diverged', 'first');
  out.stop('own-signature-unknown', 'second');
  assert.deepEqual(out.effects(null).halt, { code: 'state-diverged', detail: 'first' });
});
