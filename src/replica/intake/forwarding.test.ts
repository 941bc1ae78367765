import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { Buckets, epochSeed } from '../../iss/buckets.ts';
import type { Digest, Epoch, LaneId, LedgerId, Seq } from '../../types/ids.ts';
import type { Core } from '../core.ts';
import type { Checkpoints } from '../outcomes/checkpoints.ts';
import { bucketsOf, Forwarding } from './forwarding.ts';

const OWNERS = [0, 1, 3];
const of = (epoch: Epoch) => `${epoch}${epoch}`.repeat(32) as Digest;
/** As much of a validator as says whose turn it is. */
const core = (applied: Epoch) =>
  ({
    cuts: { applied },
    rules: { leaders: () => OWNERS },
    options: { ledgerId: of(9) as string as LedgerId, committee: { n: 4 } },
  }) as unknown as Core;
const checkpoints = { digest: (epoch: Epoch) => (epoch < 1 ? undefined : of(epoch)) };

test('8.2: checkpoint e - 2 decides who has which bucket in epoch e, and the ledger where there is none', () => {
  const lone = new LoneReplica();
  const txs = Array.from({ length: 50 }, (_, coin) => lone.pay(coin));
  const owners = (buckets: Buckets) => txs.map((tx) => buckets.owner(buckets.bucketOf(tx)));
  for (const [epoch, seed] of [
    [1, of(9)],
    [2, of(9)],
    [3, of(1)],
    [7, of(5)],
  ] as const) {
    const said = bucketsOf(core(epoch - 1), checkpoints as Checkpoints);
    const ruled = new Buckets(epoch, epochSeed(seed), OWNERS, 4);
    assert.deepEqual(owners(said), owners(ruled), `epoch ${epoch}`);
  }
});

test("8.2: it goes to the bucket's lane, unless that is the own one or has a quarter of its window open", () => {
  const tx = new LoneReplica().pay(0);
  const laneFor = (lane: LaneId, open: number) => {
    const { options, cuts } = core(0);
    const whole = {
      cuts,
      rules: { leaders: () => [1] },
      options: { ...options, lane, policy: { reproposeAfterMs: 100, laneWindow: 8 } },
      graph: {
        all: { certified: [5, 5, 5, 5], frontier: [5, 5 + open, 5, 5] },
        ...{ at: (_: LaneId, seq: Seq) => [seq], height: () => 99 },
        node: (id: number) => ({ payloads: id }),
      },
    };
    return new Forwarding(whole as unknown as Core, checkpoints as Checkpoints).laneFor(tx, 0);
  };
  assert.deepEqual(
    [0, 1, 2, 8].map((open) => laneFor(0, open)),
    [1, 1, null, null],
  );
  assert.equal(laneFor(1, 0), null);
});
