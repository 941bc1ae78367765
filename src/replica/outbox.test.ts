import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from './outbox.ts';

test('the first reason to halt is the one that is reported', () => {
  const out = new Outbox();
  assert.equal(out.effects(null).halt, null);
  out.stop('own-signature-unknown', 'first', Uint8Array.of(7));
  out.stop('state-diverged', 'second');
  const first = { code: 'own-signature-unknown', detail: 'first', ownBlock: Uint8Array.of(7) };
  assert.deepEqual(out.effects(null).halt, first);
});

test('only who asked for a trace gets one', () => {
  assert.deepEqual(new Outbox(true).effects(null).trace, []);
  assert.equal('trace' in new Outbox().effects(null), false);
});
