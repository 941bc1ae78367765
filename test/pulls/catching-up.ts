import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { assert, defined } from '../../src/std/assert.ts';
import type { Block } from '../../src/types/block.ts';
import type { LaneId } from '../../src/types/ids.ts';
import { AskedPeers } from './asked-peers.ts';

/** A block of an answer, or null for the heads that end it, so long after the question. */
type Part = { readonly afterMs: number; readonly block: Block | null };
/** When a peer gives which of these blocks: those that an answer would hold, the oldest first. */
export type Manner = (blocks: readonly Block[]) => Part[];

/** So many blocks are an answer of 4 MiB here. */
const ANSWER_BLOCKS = 32;
const ANSWERS = 16;
const PEERS: readonly LaneId[] = [1, 2, 3];
const FOREVER_MS = 3_600_000;

/** An answer that comes evenly and is whole after so long. */
export function correct(answerMs: number): Manner {
  return (blocks) => [
    ...blocks.map((block, i) => ({ afterMs: (answerMs * (i + 1)) / blocks.length, block })),
    { afterMs: blocks.length === 0 ? 0 : answerMs, block: null },
  ];
}

/** One block each time; the end after so many of them. */
export function dribbling(everyMs: number, count: number): Manner {
  return (blocks) => [
    ...blocks.slice(0, count).map((block, i) => ({ afterMs: everyMs * (i + 1), block })),
    { afterMs: everyMs * count, block: null },
  ];
}

/**
 * Lane 0 has nothing of what lanes 1 and 2 said. Its three peers have all of that, and lane 3 says that it said more, which
 * it shows to nobody.
 */
export class CatchingUp {
  readonly #peers: AskedPeers;
  readonly #manners: readonly Manner[];
  #given = 0;
  constructor(...manners: readonly [Manner, Manner, Manner]) {
    this.#manners = manners;
    this.#peers = new AskedPeers({
      frontier: (lane) => [0, this.#peers.saidBy(1), this.#peers.saidBy(2), lane === 3 ? 9 : 0],
      asked: (lane, blocks) => this.#asked(lane, blocks),
    });
    for (let i = 0; i < ANSWERS * ANSWER_BLOCKS; i++) this.#peers.say(1 + (i % 2));
  }

  /** How often a block was given, on the average. */
  get copies(): number {
    return this.#given / (ANSWERS * ANSWER_BLOCKS);
  }

  /** Milliseconds until it has all of it. */
  ms(): number {
    const peers = this.#peers;
    const beginMs = peers.nowMs;
    for (let beatMs = beginMs; !this.#isDone(); peers.pass()) {
      assert(peers.nowMs - beginMs < FOREVER_MS, 'it catches up');
      if (peers.nowMs < beatMs) continue;
      beatMs += DEFAULT_POLICY.resyncMs;
      // What an answer holds comes before what is said after it.
      const silent = PEERS.filter((lane) => !peers.isSending(lane));
      for (const lane of silent) peers.tell(lane);
    }
    return peers.nowMs - beginMs;
  }

  #isDone(): boolean {
    return [1, 2].every((lane) => this.#peers.admittedOf(lane) === this.#peers.saidBy(lane));
  }

  #asked(lane: LaneId, blocks: readonly Block[]): void {
    const manner = defined(this.#manners[PEERS.indexOf(lane)], 'its manner');
    for (const { afterMs, block } of manner(blocks.slice(0, ANSWER_BLOCKS))) {
      if (block !== null) this.#given++;
      this.#peers.send(lane, block, afterMs);
    }
  }
}
