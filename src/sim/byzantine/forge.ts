import { blockDigest, contentsOf, encodeBlock } from '../../codec/block.ts';
import type { Block, BlockHeader, BlockRef, Vote } from '../../types/block.ts';
import type { Digest, Epoch, LaneId, LedgerId, Seq } from '../../types/ids.ts';
import type { Signer } from '../../types/signature.ts';
import type { Transaction } from '../../types/transaction.ts';

export type BlockPlan = {
  readonly ledgerId: LedgerId;
  readonly lane: LaneId;
  /** 0 unless said. */
  readonly generation?: number;
  readonly seq: Seq;
  readonly prev: Digest;
  readonly epoch: Epoch;
  readonly timeMs: number;
  readonly refs: readonly BlockRef[];
  readonly txs: readonly Transaction[];
  readonly votes: readonly Vote[];
};

/** A block made by hand with a lane's real signer; `overrides` may make its header wrong. */
export function forgeBlock(
  plan: BlockPlan,
  signer: Signer,
  overrides: Partial<BlockHeader> = {},
): Block {
  const { ledgerId, lane, seq, prev, epoch, timeMs, txs, votes } = plan;
  const header: BlockHeader = {
    ledgerId,
    committee: 0,
    lane,
    generation: plan.generation ?? 0,
    seq,
    prev,
    epoch,
    timeMs,
    refs: [...plan.refs].sort((a, b) => a.lane - b.lane),
    ...contentsOf(txs, votes),
    ...overrides,
  };
  const digest = blockDigest(header);
  const signature = signer.sign(digest);
  const bytes = encodeBlock(header, signature, txs, votes);
  return { header, digest, signature, txs, votes, bytes };
}
