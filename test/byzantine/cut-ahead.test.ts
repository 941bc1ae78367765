import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Block, refOf, type Vote } from '../../src/types/block.ts';
import type { Epoch } from '../../src/types/ids.ts';
import { blockOf, type ReplicaCluster } from '../replica/replica-cluster.ts';
import { HONEST } from './lane.ts';
import { started, stateOf, WHILE_MS } from './small-world.ts';

type World = ReturnType<typeof started>;

/** Lane 2 hears nothing more, nor is it heard, from the first such block on; until the answer is called. */
function cutOff(cluster: ReplicaCluster, isFirst: (block: Block) => boolean): () => void {
  const receive = cluster.receive.bind(cluster);
  let isOff = false;
  cluster.receive = (from, to, bytes) => {
    isOff ||= isFirst(blockOf(bytes));
    if (!(isOff && (from === 2 || to === 2))) receive(from, to, bytes);
  };
  return () => {
    cluster.receive = receive;
  };
}

function votesFor({ votes }: Block, kind: Vote['kind'], epoch: Epoch): boolean {
  return votes.some((vote) => vote.kind === kind && 'epoch' in vote && vote.epoch === epoch);
}

/**
 * Lane 3, whose last block is `last`, helps lanes 0 and 1 to decide for the proposal, and says its COMMIT on a branch that
 * they may not name. Lane 2 lacks it for ever: it has other blocks of lane 3, and more of them.
 */
function decideAhead({ cluster, liar }: World, proposal: Block, last: Block | null): void {
  const before = { epoch: proposal.header.epoch };
  const epoch = before.epoch + 1;
  let other = last;
  for (let more = 0; more < 4; more++) {
    const block = liar.block({ prev: other, header: { epoch: last?.header.epoch ?? 0 } });
    liar.show(block, 2);
    other = block;
  }
  const vote = { epoch, view: 0, block: refOf(proposal) } as const;
  const votes: Vote[] = [{ kind: 'prepare', ...vote }];
  const place =
    proposal.header.lane === last?.header.lane
      ? { prev: proposal }
      : { prev: last, refs: [proposal] };
  const prepares = liar.block({ ...place, votes, header: before });
  liar.show(prepares, 0, 1);
  cluster.runUntil(() =>
    [0, 1].every((lane) => cluster.said(lane).some((block) => votesFor(block, 'commit', epoch))),
  );
  cluster.run(2);
  const next = { prev: prepares, refs: [liar.newestOf(0), liar.newestOf(1)] };
  liar.show(liar.block({ ...next, header: before }), 0, 1);
  liar.show(liar.block({ ...next, votes: [{ kind: 'commit', ...vote }], header: { epoch } }), 0, 1);
  assert.deepEqual(liar.rejected, []);
  const applied = HONEST.map((lane) => cluster.replicas[lane]?.progress().applied);
  assert.deepEqual(applied, [epoch, epoch, epoch - 1]);
}

describe('6.13: a cut that some have applied by a COMMIT that they may not name', () => {
  for (const [what, coins] of [
    ['rivals', [0, 0]],
    ['payments', [0, 1]],
  ] as const) {
    it(`is decided for the others, also after restarts, which forget what timers ran: ${what}`, () => {
      const world = started();
      const { cluster, liar, pay } = world;
      const heal = cutOff(cluster, (block) => votesFor(block, 'propose', 1));
      const txs = coins.map((coin) => pay(coin));
      for (const [lane, tx] of txs.entries()) cluster.step(lane, { kind: 'submit', tx });
      cluster.runUntilVoted(1, 'propose');
      decideAhead(world, liar.newestOf(1), null);
      for (const lane of [0, 1]) cluster.restart(lane);
      // Before it hears of the proposal it has asked for another view: its COMMIT is not to be had in this one.
      cluster.runUntilVoted(2, 'viewchange');
      heal();
      cluster.run(2 * WHILE_MS);
      const states = txs.map(({ txid }) => stateOf(cluster, txid));
      const other = what === 'rivals' ? 'rejected' : 'checkpointed';
      assert.deepEqual(states.toSorted(), ['checkpointed', other]);
    });
  }

  it('needs nothing where it takes in nothing', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    let last: ReturnType<typeof liar.block> | null = null;
    for (const epoch of [1, 2]) {
      const refs = epoch === 1 ? [] : HONEST.map((lane) => liar.newestOf(lane));
      last = liar.block({ prev: last, refs, header: { epoch: epoch - 1 } });
      liar.show(last, ...HONEST);
      cluster.step(0, { kind: 'submit', tx: pay(epoch) });
      cluster.runUntil(() => cluster.replicas[0]?.progress().stable === epoch);
    }
    cutOff(cluster, () => true);
    const refs = HONEST.map((lane) => liar.newestOf(lane));
    const votes: Vote[] = [{ kind: 'propose', epoch: 3, view: 0 }];
    const proposal = liar.block({ prev: last, refs, votes, header: { epoch: 2 } });
    liar.show(proposal, 0, 1);
    decideAhead(world, proposal, last);
    cluster.run(2 * WHILE_MS);
    for (const lane of [0, 1]) {
      assert.ok(!cluster.said(lane).some((block) => votesFor(block, 'viewchange', 3)));
    }
  });
});
