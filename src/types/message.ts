import type { Digest, Seq } from './ids.ts';

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
  /** Transactions forwarded to the lane that should propose them (section 8). */
  | { readonly kind: 'transactions'; readonly txs: readonly Uint8Array[] };
