import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import type { DagNode } from '../types/dag.ts';
import { Context } from './context.ts';
import type { Core } from './core.ts';

test('A3: within one block a rival is refused, and what stands in it already is no rival of itself', () => {
  const [tx, rival] = [sketch('t', [1]), sketch('u', [1])];
  const [lock] = tx.witnessLocks;
  const core = {
    index: { get: () => undefined, spenders: () => [] },
    coins: { get: () => ({ amount: 100n, lock, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 }) },
    options: { genesis: { params: { minFee: 1n } } },
  } as unknown as Core;
  const context = new Context(core, {} as DagNode, { epoch: 1, decided: 0 });
  assert.ok(context.take(tx).ok);
  assert.ok(context.take(tx).ok);
  const refused = context.take(rival);
  assert.equal(refused.ok ? '' : refused.error.code, 'rival-in-chain');
});
