import assert from 'node:assert/strict';
import { blockDigest, contentsOf, encodeBlock } from '../../src/codec/block.ts';
import { decodeTransaction, encodeTransaction } from '../../src/codec/transaction.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Effects } from '../../src/replica/effects.ts';
import { openSharedBlock } from '../../src/replica/ingress.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { type Block, type BlockHeader, refOf, type Vote } from '../../src/types/block.ts';
import type { Params } from '../../src/types/genesis.ts';
import type { Digest, Epoch } from '../../src/types/ids.ts';
import type { Verifier } from '../../src/types/signature.ts';
import type { Transaction } from '../../src/types/transaction.ts';
import { lock, ReplicaCluster, secrets, verifier } from './replica-cluster.ts';

/** Forges by hand. */
export const LIAR = 3;
export const HONEST = [0, 1, 2] as const;
/** In epoch 0 lane 0 is drawn for lane 3: the others leave its blocks to it. */
export const DRAWN = 0;

type Words = {
  prev?: Block;
  refs?: Block[];
  txs?: Transaction[];
  votes?: Vote[];
  epoch?: Epoch;
  generation?: number;
  start?: Digest;
};

/** Four validators that share checks; the replica of the fourth is down, and it says what a test makes of it. */
export class SharedCluster {
  readonly cluster: ReplicaCluster;
  readonly evidence: Effects['evidence'][number][] = [];
  readonly #checkSpares: number;
  #fee = 0n;

  constructor(params: Partial<Params> = {}, verifier?: Verifier, checkSpares = 0) {
    const policy = { ...DEFAULT_POLICY, checkSpares };
    const options = verifier === undefined ? { policy } : { policy, verifier };
    this.#checkSpares = checkSpares;
    this.cluster = new ReplicaCluster(4, options, { sharedChecks: true, ...params });
    this.cluster.down.add(LIAR);
    this.cluster.run(10);
  }

  pay(coin: number): Transaction {
    this.#fee += 1n;
    return this.cluster.pay([this.cluster.coin(coin)], [{ amount: 900n - this.#fee, lock }]);
  }

  block(words: Words, lane = LIAR): Block {
    const { ledgerId, now } = this.cluster;
    const { prev, refs = [], txs = [], votes = [], epoch = 0, generation = 0 } = words;
    const header: BlockHeader = {
      ledgerId,
      committee: 0,
      lane,
      generation,
      epoch,
      timeMs: now,
      seq: (prev?.header.seq ?? 0) + 1,
      prev: prev?.digest ?? words.start ?? (ledgerId as string as Digest),
      refs: refs.map(refOf),
      ...contentsOf(txs, votes),
    };
    const digest = blockDigest(header);
    const signature = createSigner(secrets[lane] as Uint8Array).sign(digest);
    const bytes = encodeBlock(header, signature, txs, votes);
    return { header, digest, signature, txs, votes, bytes };
  }

  /** As the node's intake does it: only who is drawn looks first. */
  show({ bytes }: Block, ...lanes: readonly number[]): string[] {
    const { committee, ledgerId, replicas } = this.cluster;
    const opened = openSharedBlock(bytes, committee, ledgerId, verifier);
    assert.ok(opened.ok);
    const { block, witnesses } = opened.value;
    return lanes.flatMap((lane) => {
      const looks = replicas[lane]?.checks(block.header) === true;
      const mayLook = lane === DRAWN || this.#checkSpares > 0 || block.header.epoch > 0;
      assert.ok(!looks || mayLook, 'who is drawn in epoch 0');
      const { rejected, evidence } = this.cluster.step(lane, {
        kind: 'block',
        from: { kind: 'lane', lane: LIAR },
        block,
        witnesses: looks ? witnesses : 'unchecked',
      });
      this.evidence.push(...evidence);
      return rejected.map(({ code }) => code);
    });
  }

  /** Though nobody has lost patience yet. */
  assertFinal(tx: Transaction): void {
    for (const state of this.states(tx)) {
      assert.ok(state === 'final' || state === 'checkpointed', state);
    }
  }

  states(tx: Transaction): (string | undefined)[] {
    return HONEST.map((lane) => this.cluster.replicas[lane]?.status(tx.txid).state);
  }
}

/** The same, its witness not signing. */
export function forged(tx: Transaction): Transaction {
  const { ledgerId, validUntil, inputs, outputs } = tx;
  const witnesses = tx.witnesses.map((witness) => {
    assert.ok(witness.kind === 'key');
    return { ...witness, signature: witness.signature.with(5, (witness.signature[5] ?? 0) ^ 1) };
  });
  const made = decodeTransaction(
    encodeTransaction({ ledgerId, validUntil, inputs, outputs }, witnesses),
  );
  assert.ok(made.ok);
  return made.value;
}

/** The lane's own newest block, from its journal. */
export function newest({ cluster }: SharedCluster, lane: number): Block {
  const { committee, ledgerId, journals } = cluster;
  const blocks = (journals[lane] ?? []).map((bytes) => {
    const opened = openSharedBlock(bytes, committee, ledgerId, verifier);
    assert.ok(opened.ok);
    return opened.value.block;
  });
  const own = blocks.filter(({ header }) => header.lane === lane).at(-1);
  assert.ok(own !== undefined);
  return own;
}
