import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { assert } from '../../src/std/assert.ts';
import type { Block } from '../../src/types/block.ts';
import type { LaneId, Seq } from '../../src/types/ids.ts';
import { AskedPeers } from './asked-peers.ts';

/**
 * What a liar does that is asked: every so often it brings a block that has just been said, before the one who said it
 * does, and so long after the question it tells its heads, which end the answer.
 */
export type Hold = { readonly relayMs: number; readonly endMs: number };

const CORRECT: readonly LaneId[] = [1, 2];
const LIAR: LaneId = 3;
const LINK_MS = 20;
const SAY_MS = 50;
const FOREVER_MS = 60_000;

/**
 * Lane 0 lacks nothing, and lanes 1 and 2 talk. Lane 3 says that it has said more than it shows, so that it is asked for
 * that. When it is asked for the second time, a block of lane 1 is lost on its way to lane 0, and lanes 1 and 2 go on.
 */
export class HeldPull {
  readonly #hold: Hold;
  readonly #peers: AskedPeers;
  #questions = 0;
  #relayAtMs = Number.POSITIVE_INFINITY;
  #lost: { readonly seq: Seq; readonly atMs: number } | null = null;

  constructor(hold: Hold) {
    this.#hold = hold;
    this.#peers = new AskedPeers({
      frontier: (lane) => [0, this.#peers.saidBy(1), this.#peers.saidBy(2), lane === LIAR ? 9 : 0],
      asked: (lane, blocks) => this.#asked(lane, blocks),
    });
  }

  /** Milliseconds for which lane 0 lacks the lost block. */
  ms(): number {
    const peers = this.#peers;
    const beginMs = peers.nowMs;
    let [beatMs, sayMs] = [beginMs, beginMs];
    for (; !this.#isDone(); peers.pass()) {
      assert(peers.nowMs - beginMs < FOREVER_MS, 'it comes in');
      if (peers.nowMs >= sayMs) {
        sayMs += SAY_MS;
        for (const lane of CORRECT) this.#say(lane);
      }
      if (peers.nowMs >= beatMs) {
        beatMs += DEFAULT_POLICY.resyncMs;
        for (const lane of CORRECT) peers.send(lane, null, LINK_MS);
        if (!peers.isSending(LIAR)) peers.tell(LIAR);
      }
    }
    return peers.nowMs - (this.#lost?.atMs ?? Number.NaN);
  }

  #isDone(): boolean {
    return this.#lost !== null && this.#peers.admittedOf(1) >= this.#lost.seq;
  }

  #say(lane: LaneId): void {
    const peers = this.#peers;
    const block = peers.say(lane);
    if (lane === 1 && this.#lost === null && this.#questions === 2) {
      this.#lost = { seq: block.header.seq, atMs: peers.nowMs };
      return;
    }
    if (lane === 2 && peers.nowMs >= this.#relayAtMs) {
      this.#relayAtMs += this.#hold.relayMs;
      peers.send(LIAR, block, LINK_MS / 2);
    }
    peers.send(lane, block, LINK_MS);
  }

  #asked(lane: LaneId, blocks: readonly Block[]): void {
    const peers = this.#peers;
    if (lane === LIAR) {
      this.#questions++;
      this.#relayAtMs = peers.nowMs + this.#hold.relayMs;
      peers.send(LIAR, null, this.#hold.endMs);
    } else for (const each of [...blocks, null]) peers.send(lane, each, 2 * LINK_MS);
  }
}
