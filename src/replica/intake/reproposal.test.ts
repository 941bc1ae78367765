import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Buckets } from '../../iss/buckets.ts';
import type { History } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { RefusalCode } from '../../types/errors.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import { Reproposal } from './reproposal.ts';

const AFTER_MS = 100;
const ONE = { txs: 1, bytes: 1 };

/** Known from a fork alone: in no lane that comes forward. */
function entry(txid: string): Entry {
  return {
    txid,
    tx: { txid, bytes: Uint8Array.of(0) },
    copies: [],
    seenMs: 0,
    tracking: null,
  } as unknown as Entry;
}

const buckets = { bucketOf: () => 0, rank: () => 0 } as unknown as Buckets;

/** Nothing comes forward, and it is always the own turn. */
function stuck() {
  const core = {
    graph: { n: 4 },
    options: { policy: { reproposeAfterMs: AFTER_MS } },
    index: { isStanding: () => true, transaction: ({ tx }: Entry) => tx },
  } as unknown as Core;
  const reproposal = new Reproposal(core, 0);
  const horizon = { certified: new Int32Array(4) } as unknown as History;
  return { reproposal, look: (nowMs: number) => reproposal.look(nowMs, horizon, false, buckets) };
}

test('one that waits for its parent does not keep the parent from being proposed again', () => {
  const { reproposal, look } = stuck();
  reproposal.watch([entry('child'), entry('parent')]);
  look(AFTER_MS);
  const judge = ({ txid }: Transaction) =>
    (txid as string) === 'parent' ? null : ('unknown-parent' as const);
  const again = () => reproposal.due(ONE, judge).map(({ txid }) => txid as string);
  assert.deepEqual(again(), ['parent']);
  assert.deepEqual([again(), reproposal.size], [['parent'], 2], 'until it stands in a block');
});

test('of those that do not fit some are judged, those that never will once', () => {
  const { reproposal, look } = stuck();
  reproposal.watch(Array.from({ length: 20 }, (_, i) => entry(`t${i}`)));
  look(AFTER_MS);
  const seen: string[] = [];
  const judgedFor = (why: RefusalCode) => {
    reproposal.due(ONE, ({ txid }) => {
      seen.push(txid);
      return why;
    });
    return seen.splice(0).map((txid) => Number(txid.slice(1)));
  };
  assert.deepEqual(judgedFor('rival-in-chain'), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(judgedFor('unknown-parent'), [8, 9, 10, 11, 12, 13, 14, 15]);
  assert.equal(reproposal.size, 20);
  for (const why of ['expired', 'stale-input', 'copy-in-chain'] as const) judgedFor(why);
  assert.equal(reproposal.size, 0);
});

/** What is due after looks at these times, each with what is certified of lane 1 by then. */
function due(
  of: Entry,
  { isAcked = false, forks = false },
  ...looks: readonly (readonly [number, number])[]
) {
  const core = {
    graph: { n: 4, quorum: 3, node: () => ({ lane: 1, seq: 9 }), forked: () => forks },
    options: { policy: { reproposeAfterMs: AFTER_MS } },
    index: { isStanding: () => true, transaction: ({ tx }: Entry) => tx },
    acks: { countAcks: () => (isAcked ? 3 : 2) },
  } as unknown as Core;
  const reproposal = new Reproposal(core, 0);
  reproposal.watch([of]);
  for (const [nowMs, seq] of looks) {
    const horizon = { certified: Int32Array.of(0, seq, 0, 0) } as unknown as History;
    reproposal.look(nowMs, horizon, false, buckets);
  }
  return reproposal.due({ txs: 9, bytes: 9 }, () => null).map(({ txid }) => txid as string);
}

test('8.3: what has its outcome is not proposed again, whether its turn has come or not', () => {
  const { reproposal, look } = stuck();
  const [early, late] = [entry('early'), entry('late')];
  reproposal.watch([early]);
  look(AFTER_MS);
  assert.equal(reproposal.size, 1);
  reproposal.watch([late]);
  for (const { txid } of [early, late]) reproposal.forget(txid);
  look(9 * AFTER_MS);
  assert.equal(reproposal.size, 0);
});

test('8.3, 10.1: one that comes anew, since its first block was forged, does not hold up those that came before', () => {
  const { reproposal, look } = stuck();
  const seen = (txid: string, seenMs: number) => ({ ...entry(txid), seenMs });
  reproposal.watch([seen('forged', 0), seen('older', 10)]);
  reproposal.watch([seen('forged', 90)]);
  look(10 + AFTER_MS);
  assert.deepEqual(
    reproposal.due({ txs: 9, bytes: 9 }, () => null).map(({ txid }) => txid as string),
    ['older'],
  );
});

test('so many are looked at in one go, the oldest first', () => {
  const { reproposal, look } = stuck();
  reproposal.watch(Array.from({ length: 300 }, (_, i) => entry(`${i}`)));
  look(AFTER_MS);
  assert.equal(reproposal.size, 256);
  look(AFTER_MS);
  assert.equal(reproposal.size, 300);
});

test('8.3: one in a lane that comes forward is not proposed again, until the lane stands still', () => {
  const slow = { ...entry('t'), copies: [{ block: 1, index: 0 }] };
  const moving = [80, 160, 240].map((nowMs, i) => [nowMs, i + 1] as const);
  assert.deepEqual(due(slow, {}, ...moving), []);
  assert.deepEqual(due(slow, {}, ...moving, [339, 3]), []);
  assert.deepEqual(due(slow, {}, ...moving, [340, 3]), ['t']);
});

test('8.3: one in a lane that forks is, though a branch of it comes forward', () => {
  const hidden = { ...entry('t'), copies: [{ block: 1, index: 0 }] };
  assert.deepEqual(due(hidden, { forks: true }, [80, 1], [AFTER_MS - 1, 2]), []);
  assert.deepEqual(due(hidden, { forks: true }, [80, 1], [AFTER_MS, 2]), ['t']);
});

test('8.3: what Q lanes have acked is not proposed again, tracked or not', () => {
  const copies = [{ block: 1, index: 0 }];
  const tracking = { rivals: new Set<never>(), acks: new Map(), verdicts: new Map() };
  const still = [
    [80, 1],
    [900, 1],
  ] as const;
  const all = [
    [80, 9],
    [900, 9],
  ] as const;
  assert.deepEqual(due({ ...entry('t'), copies }, {}, ...still), ['t']);
  assert.deepEqual(due({ ...entry('t'), copies }, {}, ...all), []);
  assert.deepEqual(due({ ...entry('t'), copies, tracking }, { isAcked: true }, ...still), []);
  assert.deepEqual(due({ ...entry('t'), copies, tracking }, {}, ...all), ['t']);
});
