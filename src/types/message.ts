import type { Digest, Epoch, Seq, TxId } from './ids.ts';

/** What validators say to each other beside blocks. Nothing here is signed or counted: it only moves blocks. */
export type PeerMessage =
  /** One encoded block. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  /**
   * The sender's frontier in a generation (highest admitted seq per lane, first-admitted branch) and the encoded newest block
   * of the receiver's own lane that the sender holds (null: none, or the receiver has told that it has it). Sent
   * on connect, at a slow beat, and behind every answered pull. The receiver takes that block as any other block,
   * before the frontier: one whose journal lacks it has lost its memory and halts.
   */
  | {
      readonly kind: 'heads';
      readonly generation: number;
      readonly frontier: readonly Seq[];
      readonly yours: Uint8Array | null;
    }
  /** Asks for the named blocks of a generation, and for what the receiver has above `frontier`, oldest first. */
  | {
      readonly kind: 'want';
      readonly generation: number;
      readonly frontier: readonly Seq[];
      readonly digests: readonly Digest[];
    }
  /** The generation is over at the sender: these are the blocks whose COMMITs decide its stop cut (rule 9.6). */
  | {
      readonly kind: 'decided';
      readonly generation: number;
      readonly commits: readonly Digest[];
    }
  /**
   * The sender has dropped the generation that the receiver is in: everything there begins with this one, at the
   * stop checkpoint of this certificate (rule 9.10).
   */
  | { readonly kind: 'gone'; readonly generation: number; readonly certificate: Uint8Array }
  /** Asks for a page of the state of a stop checkpoint, behind a transaction; null: for the first one. */
  | { readonly kind: 'state'; readonly epoch: Epoch; readonly after: TxId | null }
  /** The page; `next`: behind which transaction the next one begins, null: it is the last. */
  | {
      readonly kind: 'page';
      readonly epoch: Epoch;
      readonly after: TxId | null;
      readonly next: TxId | null;
      readonly bytes: Uint8Array;
    }
  /** Transactions forwarded to the lane that should propose them (section 8). */
  | { readonly kind: 'transactions'; readonly txs: readonly Uint8Array[] };

export type Heads = Extract<PeerMessage, { kind: 'heads' }>;

/** What the replica itself is told. */
export type ReplicaMessage = Extract<PeerMessage, { kind: 'heads' | 'want' | 'decided' }>;

/** Who was away for longer than others keep generations gets their state by these. */
export type StateMessage = Extract<PeerMessage, { kind: 'gone' | 'state' | 'page' }>;

export function isStateMessage(message: PeerMessage): message is StateMessage {
  return message.kind === 'gone' || message.kind === 'state' || message.kind === 'page';
}
