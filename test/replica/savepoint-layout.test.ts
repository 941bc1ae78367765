import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { openBlock } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { STATE_LAYOUT } from '../../src/replica/savepoint.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Epoch } from '../../src/types/ids.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { verifier } from './replica-cluster.ts';

const LANE = 1;
/** Not all of the run, so that something is open: votes, signatures, transactions without an outcome. */
const SHARE = 0.9;
/**
 * Of the state and the tables after that. If it is another one now because they are written in another way, a
 * build would misread what one before it saved: take the next STATE_LAYOUT with the digest. If the run itself
 * became another one (blocks, timing), take the digest alone.
 */
const GOLDEN = {
  layout: 9,
  digest: 'e5a9599815901efd84b378428edd15f5d95168800a8bdcaa0085418f3f260c66',
};

it('what a savepoint holds changes with the number of its layout alone', () => {
  const { genesis, ledgerId, committee, journals } = new CertifiedChain().cluster;
  const store = new MemoryStore();
  const all = journals[LANE] as Uint8Array[];
  const records = all.slice(0, Math.floor(all.length * SHARE));
  const replica = new Replica({
    genesis,
    ledgerId,
    committee,
    lane: LANE,
    signer: null,
    policy: DEFAULT_POLICY,
    store,
    archive: { read: (ordinal) => records[ordinal - 1] as Uint8Array },
  });
  const root = (epoch: Epoch): void => {
    const job = replica.rootWork(epoch);
    let next = job.next();
    while (next.done !== true) next = job.next();
    for (const work of replica.step(0, { kind: 'rooted', epoch, ...next.value }).work) {
      root(work.epoch);
    }
  };
  for (const record of records) {
    const block = openBlock(record, committee, ledgerId, verifier);
    assert(block.ok);
    for (const { epoch } of replica.restore(0, block.value).work) root(epoch);
  }
  const state = replica.save();
  assert(state !== null);
  const sum = createHash('sha256').update(state);
  for (const [key, value] of [...store.copy()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    sum.update(`${key}\n${Buffer.from(value).toString('hex')}\n`);
  }
  assert.deepEqual({ layout: STATE_LAYOUT, digest: sum.digest('hex') }, GOLDEN);
});
