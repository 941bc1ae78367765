import { blockDigest, contentsOf, encodeBlock } from '../../src/codec/block.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { PeerId, Rejection } from '../../src/replica/effects.ts';
import { openBlock } from '../../src/replica/ingress.ts';
import { defined } from '../../src/std/assert.ts';
import { type Block, type BlockHeader, refOf, type Vote } from '../../src/types/block.ts';
import type { Digest } from '../../src/types/ids.ts';
import type { Transaction, Verified } from '../../src/types/transaction.ts';
import { type ReplicaCluster, secrets, verifier } from '../replica/replica-cluster.ts';

const LIAR = 3;
export const HONEST = [0, 1, 2] as const;

export type Parts = {
  readonly prev?: Block | null;
  readonly refs?: readonly Block[];
  readonly txs?: readonly Verified<Transaction>[];
  readonly votes?: readonly Vote[];
  readonly header?: Partial<BlockHeader>;
};

/** A lane of a cluster, without a replica: blocks made by hand, under its real key. */
export class ByzantineLane {
  readonly cluster: ReplicaCluster;
  readonly rejected: Rejection[] = [];
  readonly #lane: number;

  constructor(cluster: ReplicaCluster, lane = LIAR) {
    this.cluster = cluster;
    this.#lane = lane;
    cluster.down.add(lane);
  }

  /** Null where the block is refused before any replica sees it. */
  forge(parts: Parts): Verified<Block> | null {
    const { prev = null, refs = [], txs = [], votes = [] } = parts;
    const { ledgerId, committee } = this.cluster;
    const header: BlockHeader = {
      ledgerId,
      committee: 0,
      lane: this.#lane,
      generation: 0,
      seq: (prev?.header.seq ?? 0) + 1,
      prev: prev?.digest ?? (ledgerId as string as Digest),
      epoch: 0,
      timeMs: prev?.header.timeMs ?? this.cluster.now,
      refs: refs.map(refOf),
      ...contentsOf(txs, votes),
      ...parts.header,
    };
    const signature = createSigner(secrets[this.#lane] as Uint8Array).sign(blockDigest(header));
    const bytes = encodeBlock(header, signature, txs, votes);
    const opened = openBlock(bytes, committee, ledgerId, verifier);
    return opened.ok ? opened.value : null;
  }

  block(parts: Parts): Verified<Block> {
    return defined(this.forge(parts), 'a block that is well-formed');
  }

  /** Shows a block to these lanes only. */
  show(block: Verified<Block>, ...lanes: readonly number[]): void {
    const from: PeerId = { kind: 'lane', lane: this.#lane };
    for (const lane of lanes) {
      const { rejected } = this.cluster.step(lane, { kind: 'block', from, block });
      this.rejected.push(...rejected);
    }
  }

  /** The newest block of an honest lane, as its own journal has it. */
  newestOf(lane: number): Block {
    const { journals, committee, ledgerId } = this.cluster;
    const opened = (journals[lane] ?? []).map((bytes) =>
      openBlock(bytes, committee, ledgerId, verifier),
    );
    const own = opened.flatMap((one) =>
      one.ok && one.value.header.lane === lane ? [one.value] : [],
    );
    return defined(own.at(-1), 'a block of the lane');
  }
}
