import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster } from '../../test/replica/replica-cluster.ts';
import { Coins } from '../ledger/coins.ts';
import { runToEnd } from '../std/slices.ts';
import { outpointKey, parseOutpointKey, type TxId } from '../types/ids.ts';
import type { Effects } from './effects.ts';

const PAYMENTS = 300;
/** Of transactions in one slice: of payments with one input and one output there may be half as many. */
const SLICE_MAX = 64;

/** Payments that are final, with a cut ahead that takes them all in. */
function beforeCut(): { cluster: ReplicaCluster; txids: TxId[] } {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const outputs = Array.from({ length: PAYMENTS }, () => ({ amount: 3n, lock }));
  const fan = cluster.pay([cluster.coin(0)], outputs);
  cluster.step(0, { kind: 'submit', tx: fan });
  const txids = outputs.map((_, index) => {
    const coin = parseOutpointKey(outpointKey(fan.txid, index));
    const tx = cluster.pay([coin], [{ amount: 2n, lock }]);
    cluster.step(index % cluster.committee.n, { kind: 'submit', tx });
    return tx.txid;
  });
  return { cluster, txids };
}

/** Calls `slice` after each slice of a step of lane 0; the step goes on while that is true. */
function watch({ replicas }: ReplicaCluster, slice: () => boolean): void {
  const replica = replicas[0];
  assert.ok(replica);
  replica.step = (...asked): Effects => {
    const job = replica.stepInSlices(...asked);
    for (let next = job.next(); ; next = job.next()) {
      if (next.done === true) return next.value;
      assert.equal(replica.save(), null, 'half a step is not saved');
      assert.throws(() => replica.step(0, { kind: 'tick' }), /one step at a time/);
      if (!slice()) throw new Error('killed');
    }
  };
}

function assertEqualLedgers({ replicas }: ReplicaCluster, txids: readonly TxId[]): void {
  const [first, ...others] = replicas.map((replica) => [
    replica.certificate(1)?.checkpoint,
    ...txids.map((txid) => replica.status(txid)),
  ]);
  assert.ok(first?.[0]);
  for (const other of others) assert.deepEqual(other, first);
}

test('a cut is resolved and applied in slices, to the same ledger as at once', (t) => {
  const { cluster, txids } = beforeCut();
  let applied = 0;
  let most = 0;
  let slices = 0;
  const { apply } = Coins.prototype;
  t.mock.method(
    Coins.prototype,
    'apply',
    function (this: Coins, ...asked: Parameters<typeof apply>) {
      applied += 1;
      return apply.apply(this, asked);
    },
  );
  watch(cluster, () => {
    most = Math.max(most, applied);
    applied = 0;
    slices += 1;
    return true;
  });
  const step = cluster.step.bind(cluster);
  cluster.step = (lane, input) => {
    // Those of others are not what is counted.
    applied = 0;
    return step(lane, input);
  };
  cluster.run(3000);
  assert.ok(slices >= (6 * PAYMENTS) / SLICE_MAX, `${slices} slices`);
  assert.ok(most > 0 && most <= SLICE_MAX, `${most} transactions applied in one slice`);
  assertEqualLedgers(cluster, txids);
});

for (const kill of [1, 20, 33]) {
  test(`a crash after slice ${kill} of a cut leaves a journal that leads to the same ledger`, () => {
    const { cluster, txids } = beforeCut();
    let slices = 0;
    watch(cluster, () => ++slices !== kill);
    assert.throws(() => cluster.run(3000), /killed/);
    cluster.restart(0);
    cluster.run(3000);
    assertEqualLedgers(cluster, txids);
  });
}

test('a job in slices gives what it gives at once', () => {
  function* job() {
    yield;
    yield;
    return 7;
  }
  assert.equal(runToEnd(job()), 7);
});
