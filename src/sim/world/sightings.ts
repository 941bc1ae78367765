import type { Effects } from '../../replica/effects.ts';
import type { LaneId, TxId } from '../../types/ids.ts';
import type { PeerMessage } from '../../types/message.ts';
import type { Cards } from './cards.ts';
import type { World } from './world.ts';

/** What of a run is seen while it goes on: what validators send, and what their clients are told. */
export class Sightings {
  /** When a client was first told that its transaction is final, by validator. */
  readonly finalUs = new Map<TxId, Map<LaneId, number>>();
  readonly #world: World;
  readonly #cards: Cards;
  readonly #blocks = new Set<string>();
  #lastBlockUs = 0;
  #talk = 0;

  constructor(world: World, cards: Cards) {
    this.#world = world;
    this.#cards = cards;
  }

  /** When a block was last sent that nobody had sent before. */
  get lastBlockUs(): number {
    return this.#lastBlockUs;
  }

  /** Messages beside blocks and transactions that correct validators have sent, frozen ones aside. */
  get talk(): number {
    return this.#talk;
  }

  /** What may leave a host. */
  released(lane: LaneId, effects: Effects): void {
    const { audit, coverage, events } = this.#world;
    // What is sent in the same breath is handed to the wire first: answers may rest on it.
    for (const { message } of effects.send) this.#sent(lane, message);
    audit.released(lane, effects);
    coverage.evidence += effects.evidence.length;
    coverage.checkpoints += effects.certified.length;
    for (const change of effects.statuses) {
      if (change.kind !== 'final') continue;
      coverage.final++;
      const times = this.finalUs.get(change.txid) ?? new Map<LaneId, number>();
      this.finalUs.set(change.txid, times);
      if (!times.has(lane)) times.set(lane, events.nowUs);
    }
  }

  /** A block that somebody hands to the network. */
  block(from: LaneId, bytes: Uint8Array): void {
    const { audit, events } = this.#world;
    const block = audit.handed(from, bytes);
    if (block === null || this.#blocks.has(block.digest)) return;
    this.#blocks.add(block.digest);
    if (!this.#world.isFrozen(from)) this.#lastBlockUs = events.nowUs;
  }

  #sent(lane: LaneId, message: PeerMessage): void {
    const { correct, coverage } = this.#world;
    if (!this.#cards.isLying(lane)) {
      if (message.kind === 'block') this.block(lane, message.bytes);
      if (message.kind === 'heads' && message.yours !== null) this.block(lane, message.yours);
    }
    const isTalk = message.kind !== 'block' && message.kind !== 'transactions';
    if (isTalk && correct.has(lane) && !this.#world.isFrozen(lane)) this.#talk++;
    if (message.kind === 'want') coverage.pulls += message.digests.length;
    if (message.kind === 'transactions') coverage.forwarded += message.txs.length;
  }
}
