import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { ask, cast, checked, end, propose } from '../../../test/consensus/judged-votes.ts';
import type { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { afterCut, OtherLanes, speaking } from '../../../test/replica/other-lanes.ts';
import { lock } from '../../../test/replica/replica-cluster.ts';
import { defined } from '../../std/assert.ts';
import type { Block, Vote } from '../../types/block.ts';
import type { LaneId } from '../../types/ids.ts';
import { DEFAULT_POLICY, type Policy } from '../replica-options.ts';

/** What lane 0 makes of what it could show, in histories of the three others that are made by hand. */

const { checkPatienceMs, epochIntervalMs, minEpochIntervalMs, viewTimeoutMs } = DEFAULT_POLICY;
/** More than two own blocks are apart. */
const SOON_MS = 20;

const lanesNamed = ({ header }: Block): LaneId[] => header.refs.map(({ lane }) => lane);
const said = (kind: Vote['kind'], blocks: readonly Block[]): Vote[] =>
  blocks.flatMap(({ votes }) => votes.filter((vote) => vote.kind === kind));

/** It asks for another view after so long, and not before. */
function assertAsks(lone: LoneReplica, afterMs: number, ...votes: readonly Vote[]): void {
  assert.deepEqual(said('viewchange', lone.said(afterMs - 1)), []);
  assert.deepEqual(said('viewchange', lone.said(SOON_MS)), votes);
}

describe('6.5: the timer of view 0 starts when the horizon needs a cut', () => {
  it('for what has verdicts of Q lanes there, and not before', () => {
    const lone = speaking();
    const others = new OtherLanes(lone);
    others.speak([[lone.pay(0)]]);
    others.speak();
    assertAsks(lone, 3 * viewTimeoutMs);
    others.speak();
    assertAsks(lone, viewTimeoutMs, ask(1));
  });
});

describe('6.13: after the last cut the next one is due', () => {
  const decided = (policy: Partial<Policy> = {}) => {
    const lone = speaking({}, policy);
    const others = new OtherLanes(lone);
    others.decide();
    return { lone, others, pay: (amount: bigint) => payment(lone, amount) };
  };
  const payment = ({ cluster }: LoneReplica, amount: bigint) =>
    cluster.pay([cluster.coin(0)], [{ amount, lock }]);

  it('in epochInterval where all that waits is clean, a rival that came later or not', () => {
    for (const hasRival of [false, true]) {
      const { lone, others, pay } = decided();
      others.speak([[pay(9n)]]);
      for (let more = 0; more < 2; more++) others.speak();
      if (hasRival) others.says(others.next(3, { txs: [pay(8n)] }));
      assertAsks(lone, epochIntervalMs + viewTimeoutMs, ask(1, 2));
    }
  });

  it('in minEpochInterval where something is contested', () => {
    const { lone, others, pay } = decided();
    others.speak([[pay(9n)], [pay(8n)]]);
    for (let more = 0; more < 2; more++) others.speak();
    assertAsks(lone, minEpochIntervalMs + viewTimeoutMs, ask(1, 2));
  });

  it('in minEpochInterval where as many inputs wait as a cut should hold', () => {
    for (const [epochInputs, dueMs] of [
      [2, minEpochIntervalMs],
      [3, epochIntervalMs],
    ] as const) {
      const { lone, others } = decided({ epochInputs });
      others.speak([[lone.pay(1), lone.pay(2)]]);
      for (let more = 0; more < 2; more++) others.speak();
      assertAsks(lone, dueMs + viewTimeoutMs, ask(1, 2));
    }
  });

  it('not for a copy of what is in that one', () => {
    const { lone, others, tx } = afterCut();
    others.speak([[], [tx]]);
    for (let more = 0; more < 2; more++) others.speak();
    assertAsks(lone, 2 * (epochIntervalMs + viewTimeoutMs));
  });

  for (const [what, amounts, intervalMs] of [
    ['a payment', [9n], epochIntervalMs],
    ['rivals', [9n, 8n], minEpochIntervalMs],
  ] as const) {
    it(`for ${what} in a cut that only a branch shows which the own lane may not name`, () => {
      const { lone, others, pay } = decided();
      others.speak(amounts.map((amount) => [pay(amount)]));
      for (let more = 0; more < 2; more++) others.speak();
      const cut = others.next(2, { votes: [propose(0, 2)] });
      others.says(cut);
      others.speak();
      others.speak([], [cast('prepare', cut, 0, 2)]);
      const commit = { votes: [cast('commit', cut, 0, 2)] };
      const branch = others.next(3, commit);
      others.says(others.next(1, commit), others.next(3));
      assert.deepEqual(said('commit', lone.said(SOON_MS)), commit.votes);
      assert.equal(lone.judge(branch), 'ok');
      assert.equal(lone.cluster.replicas[0]?.progress().applied, 2);
      assertAsks(lone, intervalMs + viewTimeoutMs - SOON_MS, ask(1, 2));
    });
  }
});

describe('9.2: behind its END the own lane', () => {
  /** Lanes 1 and 2 have said it, in these blocks: so lane 0 does with its next one. */
  const ending = (lone: LoneReplica) =>
    [1, 2].map((lane) => lone.admitted(lane, { votes: [end(1)] })) as [Block, Block];

  it('gives no verdict', () => {
    const lone = speaking({ generationEpochs: 1 });
    const [one, rival] = [9n, 8n].map((amount) =>
      lone.cluster.pay([lone.cluster.coin(0)], [{ amount, lock }]),
    );
    const first = lone.admitted(3, { txs: [defined(one, 'a payment')] });
    const heads = [
      lone.admitted(1, { votes: [end(1)] }),
      lone.admitted(2, { txs: [defined(rival, 'its rival')], votes: [end(1)] }),
    ];
    assert.deepEqual(said('end', lone.said(SOON_MS)), [end(1)]);
    for (const [i, prev] of heads.entries()) lone.admitted(i + 1, { prev, refs: [first] });
    assert.deepEqual(lone.said(SOON_MS), [], 'Q lanes have acked it');
  });

  it('proposes no transactions, nor in the block that says it', () => {
    const lone = speaking({ generationEpochs: 1 });
    const before = lone.admitted(3, { txs: [lone.pay(0)] });
    assert.equal(lone.said().length, 1);
    lone.step({ kind: 'submit', tx: lone.pay(1) });
    ending(lone);
    const blocks = lone.said(SOON_MS);
    assert.deepEqual(said('end', blocks), [end(1)]);
    lone.admitted(3, { prev: before, txs: [lone.pay(2)] });
    blocks.push(...lone.said(SOON_MS));
    assert.deepEqual(
      blocks.map(({ txs }) => txs.length),
      [0, 0],
    );
  });
});

test('10.2: that a block is sound is no reason to make one, and is said with the next', () => {
  const lone = speaking({ sharedChecks: true });
  const block = lone.block(1, { txs: [lone.pay(0)] });
  const [opened] = lone.opened(block);
  const from = { kind: 'lane', lane: 1 } as const;
  const unchecked = { block: defined(opened, 'one block'), witnesses: 'unchecked' } as const;
  lone.step({ kind: 'block', from, ...unchecked });
  const blocks = lone.said(SOON_MS);
  assert.deepEqual(blocks.map(lanesNamed), [[1]]);
  assert.deepEqual(lone.said(2 * checkPatienceMs), []);
  lone.admitted(2, { votes: [ask(1)] });
  blocks.push(...lone.said(SOON_MS));
  assert.deepEqual(said('checked', blocks), [checked(1, 1)]);
});

test('3.3: it gives a verdict on what Q lanes have acked though another branch was certified before', () => {
  const lone = speaking();
  const one = lone.admitted(3, { txs: [lone.pay(0)] });
  const [own] = lone.said(SOON_MS);
  const two = lone.block(3, { txs: [lone.pay(1)] });
  const [prev, other] = [1, 2].map((lane) => lone.block(lane, { refs: [two] }));
  for (const each of [prev, other]) assert.equal(lone.judge(defined(each, 'both')), 'waits');
  lone.tell(two);
  assert.deepEqual(lone.said(SOON_MS).map(lanesNamed), [[1, 2]]);
  assert.deepEqual(lanesNamed(defined(own, 'it has acked the first')), [one.header.lane]);
  lone.admitted(1, { prev: defined(prev, 'of lane 1'), refs: [defined(own, 'of lane 0')] });
  assert.deepEqual(lone.said(SOON_MS).map(lanesNamed), [[1]]);
});

test('2.6: of a branch of which another one came first the own lane names nothing', () => {
  const lone = speaking();
  const later = lone.block(3, { txs: [lone.pay(0)] });
  const next = lone.block(3, { prev: later, txs: [lone.pay(1)] });
  assert.equal(lone.judge(next), 'waits');
  // Another lane needs it, and waits for more.
  const lost = lone.block(1, {});
  assert.equal(lone.judge(lone.block(2, { refs: [lost, next] })), 'waits');
  const first = lone.admitted(3, { txs: [lone.pay(2)] });
  assert.deepEqual(lone.said(SOON_MS).map(lanesNamed), [[3]]);
  // With it comes the second of its branch: of that seq it is the first.
  lone.tell(later);
  const second = lone.block(3, { prev: first, txs: [lone.pay(3)] });
  assert.equal(lone.judge(lone.block(1, { refs: [second] })), 'waits');
  lone.tell(second);
  assert.deepEqual(lone.said(SOON_MS).map(lanesNamed), [[1]]);
});
