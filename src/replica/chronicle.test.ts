import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterCut } from '../../test/replica/other-lanes.ts';
import { secrets } from '../../test/replica/replica-cluster.ts';
import { createSigner } from '../crypto/sign.ts';
import { defined } from '../std/assert.ts';
import type { Digest, LaneId } from '../types/ids.ts';

/** Lane 0 has signed the checkpoint of epoch 1, with one payment in it. */
function applied() {
  const { lone, others, tx } = afterCut();
  const own = lone
    .said(100)
    .flatMap(({ votes }) => votes.flatMap((vote) => (vote.kind === 'checkpoint' ? [vote] : [])));
  const { checkpoint } = defined(own[0], 'its signature');
  const signs = (lane: LaneId, digest: Digest) => {
    const signature = createSigner(defined(secrets[lane], 'its key')).sign(digest);
    const votes = [{ kind: 'checkpoint', epoch: 1, checkpoint: digest, signature } as const];
    others.says(others.next(lane, { votes }));
  };
  return { lone, tx, checkpoint, signs };
}

describe('6.12: of a checkpoint', () => {
  it('that Q lanes have signed, clients of all that it holds are told, once', () => {
    const { lone, tx, checkpoint, signs } = applied();
    const [replica] = lone.cluster.replicas;
    const told = () => lone.cluster.statuses[0]?.filter(({ kind }) => kind === 'checkpointed');
    signs(1, checkpoint);
    assert.deepEqual([told(), replica?.counters().uncheckpointedTxs], [[], 1]);
    for (const lane of [2, 3]) signs(lane, checkpoint);
    const one = { txid: tx.txid, kind: 'checkpointed', epoch: 1 };
    assert.deepEqual([told(), replica?.counters().uncheckpointedTxs], [[one], 0]);
  });

  it('that is not the own one Q signatures stop this validator, and no fewer', () => {
    const { signs } = applied();
    const other = '44'.repeat(32) as Digest;
    for (const lane of [1, 2]) signs(lane, other);
    assert.throws(() => signs(3, other), /state-diverged/);
  });
});
