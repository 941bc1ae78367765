import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster, secrets, verifier } from '../../test/replica-cluster.ts';
import { createSigner } from '../crypto/sign.ts';
import { forgeBlock } from '../sim/forge.ts';
import { defined } from '../std/assert.ts';
import type { Digest } from '../types/ids.ts';
import { openBlock } from './ingress.ts';

const signer = createSigner(defined(secrets[1], 'of lane 1'));

/** What lane 0 says of a first block with two payments of 216 bytes each. */
function judged(blockTxsMax: number, blockBytesMax: number): string[] {
  const cluster = new ReplicaCluster(4, {}, { blockTxsMax, blockBytesMax });
  const { ledgerId, committee } = cluster;
  const txs = [0, 1].map((i) => cluster.pay([cluster.coin(i)], [{ amount: 9n, lock }]));
  const place = {
    ledgerId,
    lane: 1,
    seq: 1,
    epoch: 0,
    timeMs: 0,
    prev: ledgerId as string as Digest,
  };
  const { bytes } = forgeBlock({ ...place, refs: [], votes: [], txs }, signer);
  const block = openBlock(bytes, committee, ledgerId, verifier);
  assert.ok(block.ok);
  const from = { kind: 'lane', lane: 1 } as const;
  const { rejected } = cluster.step(0, { kind: 'block', from, block: block.value });
  return rejected.map(({ code, detail }) => `${code} ${detail}`);
}

test('A1: a block has as many transactions and bytes as the genesis allows, and not one more', () => {
  assert.deepEqual(judged(2, 432), []);
  const refused = ['too-large lane 1 seq 1: 2 txs, 432 bytes'];
  assert.deepEqual(judged(1, 432), refused);
  assert.deepEqual(judged(2, 431), refused);
});
