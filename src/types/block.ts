import type { Digest, Epoch, LaneId, LedgerId, Seq, View } from './ids.ts';
import type { Transaction } from './transaction.ts';

/** Names one block of one lane, of a generation. */
export type BlockRef = {
  readonly lane: LaneId;
  readonly generation: number;
  readonly seq: Seq;
  readonly digest: Digest;
};

/** PROTOCOL.md section 6: votes stand inside blocks, so those of one lane have an order. */
export type Vote =
  /** This block is the proposal; it carries no value. */
  | { readonly kind: 'propose'; readonly epoch: Epoch; readonly view: View }
  | {
      readonly kind: 'prepare';
      readonly epoch: Epoch;
      readonly view: View;
      readonly block: BlockRef;
    }
  | {
      readonly kind: 'commit';
      readonly epoch: Epoch;
      readonly view: View;
      readonly block: BlockRef;
    }
  /** Asks for `view` and leaves all lower ones. */
  | { readonly kind: 'viewchange'; readonly epoch: Epoch; readonly view: View }
  /** Before a generation's stop cut: the chain gives no verdict in later blocks (rule 9.2). */
  | { readonly kind: 'end'; readonly epoch: Epoch }
  /** Signature over the checkpoint digest (its own domain), usable outside of the block. */
  | {
      readonly kind: 'checkpoint';
      readonly epoch: Epoch;
      readonly checkpoint: Digest;
      readonly signature: Uint8Array;
    }
  /** All blocks of the lane up to `seq` in this block's history are sound (rule 10.2). */
  | { readonly kind: 'checked'; readonly lane: LaneId; readonly seq: Seq };

export type CheckedVote = Extract<Vote, { kind: 'checked' }>;

/** Do the witnesses of a block's transactions sign, as far as that is known? */
export type Witnesses = 'right' | 'wrong' | 'unchecked';

/** A vote of an epoch: there each lane has only so many words. */
export type EpochVote = Exclude<Vote, { kind: 'checked' }>;
/** A vote in the views of an instance. */
export type ViewVote = Exclude<EpochVote, { kind: 'checkpoint' }>;

export type BlockHeader = {
  readonly ledgerId: LedgerId;
  /** Committee number; 0 until committees can change. */
  readonly committee: number;
  readonly lane: LaneId;
  /** The generation (section 9), the same for all lanes; 0 where the genesis names no length of one. */
  readonly generation: number;
  readonly seq: Seq;
  /** Digest of the lane's block seq-1; for seq 1 the ledgerId, or the stop checkpoint before its generation. */
  readonly prev: Digest;
  readonly epoch: Epoch;
  readonly timeMs: number;
  /** Direct references to other lanes' blocks, ascending by lane, at most one per lane, none to the own. */
  readonly refs: readonly BlockRef[];
  readonly txCount: number;
  readonly txBytes: number;
  /** Merkle root over the transactions' leaves, count committed. */
  readonly txRoot: Digest;
  readonly votesHash: Digest;
};

/** The only protocol message. Encoding: header, signature, transactions, votes. */
export type Block = {
  readonly header: BlockHeader;
  /** Tagged hash of the header's bytes; what the signature signs. */
  readonly digest: Digest;
  readonly signature: Uint8Array;
  readonly txs: readonly Transaction[];
  readonly votes: readonly Vote[];
  readonly bytes: Uint8Array;
};

export function refOf(block: Block): BlockRef {
  const { lane, generation, seq } = block.header;
  return { lane, generation, seq, digest: block.digest };
}

export function epochVotes({ votes }: Pick<Block, 'votes'>): EpochVote[] {
  return votes.filter((vote) => vote.kind !== 'checked');
}
