import assert from 'node:assert/strict';
import { decodeTransaction } from '../../src/codec/transaction.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { judgeEvidence, makeEvidence } from '../../src/replica/misbehaviour.ts';
import { type BlockPlan, forgeBlock } from '../../src/sim/byzantine/forge.ts';
import { type Block, refOf, type Vote } from '../../src/types/block.ts';
import type { Evidence, EvidenceKind } from '../../src/types/evidence.ts';
import type { Digest } from '../../src/types/ids.ts';
import { lock, ReplicaCluster, secrets, verifier } from '../replica/replica-cluster.ts';

export const cluster = new ReplicaCluster();
export const { ledgerId, committee } = cluster;
export const trust = { ledgerId, committee, verifier };
export const LANE = 2;
export const signers = secrets.map((secret) => createSigner(secret));

export type Draft = Partial<BlockPlan> & { readonly by?: number };

export function block({ by = LANE, ...change }: Draft = {}): Block {
  const place = { ledgerId, lane: LANE, seq: 1, prev: ledgerId, epoch: 0, timeMs: 1 };
  return forgeBlock({ ...place, refs: [], txs: [], votes: [], ...change }, signers[by]!);
}

export const at = (seq: number, change: Draft = {}) => {
  const prev = seq === 1 ? ledgerId : digestOf(seq - 1);
  return block({ seq, prev, ...change });
};
export const digestOf = (number: number) => number.toString(16).padStart(64, '0') as Digest;
const targets = [1, 2].map((timeMs) => refOf(block({ lane: 0, by: 0, timeMs })));
export const prepare = (view: number, target = 0): Vote => ({
  kind: 'prepare',
  epoch: 1,
  view,
  block: targets[target]!,
});
export const commit = (view: number, target = 0): Vote =>
  ({ ...prepare(view, target), kind: 'commit' }) as Vote;
export const propose = (view: number): Vote => ({ kind: 'propose', epoch: 1, view });
export const leave = (view: number): Vote => ({ kind: 'viewchange', epoch: 1, view });
export function checkpoint(epoch: number, digest: Digest, by = LANE): Vote {
  return { kind: 'checkpoint', epoch, checkpoint: digest, signature: signers[by]!.sign(digest) };
}

export const payment = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
export function badlySigned() {
  const [witness] = payment.witnesses;
  assert.ok(witness?.kind === 'key');
  const bytes = Uint8Array.from(payment.bytes);
  bytes[witness.signature.byteOffset - payment.bytes.byteOffset + 40]! ^= 1;
  const decoded = decodeTransaction(bytes);
  assert.ok(decoded.ok);
  return decoded.value;
}

/** Every kind of misbehaviour that can be proved, by its signed blocks. */
export const PROVABLE: readonly (readonly [string, EvidenceKind, () => readonly Block[]])[] = [
  ['two blocks with one seq', 'equivocation', () => [block(), block({ timeMs: 2 })]],
  [
    'two prepares of a view',
    'contradiction',
    () => [at(1, { votes: [prepare(0)] }), at(3, { votes: [prepare(0, 1)] })],
  ],
  [
    'one prepare twice',
    'contradiction',
    () => [at(1, { votes: [prepare(0)] }), at(3, { votes: [prepare(0)] })],
  ],
  [
    'two commits of a view, on two branches',
    'contradiction',
    () => [at(2, { votes: [commit(1)] }), at(2, { votes: [commit(1, 1)] })],
  ],
  [
    'two proposals of a view',
    'contradiction',
    () => [at(1, { votes: [propose(4)] }), at(2, { votes: [propose(4)] })],
  ],
  [
    'a commit below the view left',
    'contradiction',
    () => [at(1, { votes: [leave(2)] }), at(2, { votes: [commit(1)] })],
  ],
  [
    'a lower view asked for',
    'contradiction',
    () => [at(1, { votes: [leave(2)] }), at(2, { votes: [leave(1)] })],
  ],
  ['both in one block', 'contradiction', () => [at(1, { votes: [leave(2), prepare(0)] })]],
  [
    'two checkpoints of an epoch',
    'contradiction',
    () => [
      at(5, { votes: [checkpoint(3, digestOf(7))] }),
      at(9, { votes: [checkpoint(3, digestOf(8))] }),
    ],
  ],
  ['a seq left out', 'chain', () => follow({ seq: 3 })],
  ['time going back', 'chain', () => follow({ timeMs: 0 })],
  ['the epoch going back', 'chain', () => follow({ epoch: 0 }, { epoch: 2 })],
  ['a payment with a wrong signature', 'invalid', () => [block({ txs: [badlySigned()] })]],
  [
    'a wrong signature of a checkpoint',
    'invalid',
    () => [block({ votes: [checkpoint(1, digestOf(1), 0)] })],
  ],
  ['a payment that was too late', 'invalid', () => [block({ txs: [payment], epoch: 1001 })]],
  [
    'a ref to nobody',
    'invalid',
    () => [block({ refs: [{ lane: 9, generation: 0, seq: 1, digest: digestOf(1) }] })],
  ],
];

export function follow(change: Draft, first: Draft = {}): Block[] {
  const before = block(first);
  return [before, block({ seq: 2, prev: before.digest, ...change })];
}

export function evidence(kind: EvidenceKind, ...blocks: readonly Block[]): Evidence {
  const made = makeEvidence(kind, ...blocks);
  assert.ok(made, 'it can be made');
  return made;
}

/** Made by a liar, who does not ask whether it proves anything. */
export function fabricated(kind: EvidenceKind, ...blocks: readonly Block[]): Evidence {
  return { kind, lane: LANE, blocks: blocks.map(({ bytes }) => bytes) };
}

export function refused(piece: Evidence, why: RegExp): void {
  const judged = judgeEvidence(piece, trust);
  assert.ok(!judged.ok, `it was believed: ${judged.ok ? judged.value : ''}`);
  assert.match(judged.error, why);
}

export function sorted(blocks: readonly Block[]): Block[] {
  return [...blocks].sort((a, b) =>
    a.header.seq !== b.header.seq ? a.header.seq - b.header.seq : a.digest < b.digest ? -1 : 1,
  );
}
