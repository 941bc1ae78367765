import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Buckets } from '../iss/buckets.ts';
import type { History } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Transaction } from '../types/transaction.ts';
import type { Core } from './core.ts';
import { Reproposal } from './reproposal.ts';

const AFTER_MS = 100;

/** Known from a fork alone: in no lane that comes forward. */
function entry(txid: string): Entry {
  return { txid, tx: { txid }, copies: [], seenMs: 0, tracking: null } as unknown as Entry;
}

test('one that waits for its parent does not keep the parent from being proposed again', () => {
  const core = {
    graph: { n: 4 },
    options: { policy: { reproposeAfterMs: AFTER_MS } },
    index: { isStanding: () => true, transaction: ({ tx }: Entry) => tx },
  } as unknown as Core;
  const reproposal = new Reproposal(core, 0);
  reproposal.watch([entry('child'), entry('parent')]);
  const horizon = { certified: new Int32Array(4) } as unknown as History;
  const buckets = { bucketOf: () => 0, rank: () => 0 } as unknown as Buckets;
  reproposal.look(AFTER_MS, horizon, false, buckets);
  const fits = ({ txid }: Transaction) => (txid as string) === 'parent';
  assert.deepEqual(
    reproposal.due(1, fits).map(({ txid }) => txid),
    ['parent'],
  );
});
