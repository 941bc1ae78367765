import type { Input } from '../../src/replica/effects.ts';
import { defined } from '../../src/std/assert.ts';
import type { Block } from '../../src/types/block.ts';
import type { LaneId, Seq } from '../../src/types/ids.ts';
import type { PeerMessage } from '../../src/types/message.ts';
import { LoneReplica } from '../replica/lone-replica.ts';

type Want = Extract<PeerMessage, { kind: 'want' }>;
/** A block, or null for the heads of who sends it. */
type Sent = { readonly atMs: number; readonly lane: LaneId; readonly block: Block | null };

/** What peers tell that they have, and what they do when they are asked for these blocks, the oldest first. */
export type Ways = {
  readonly frontier: (lane: LaneId) => Seq[];
  readonly asked: (lane: LaneId, blocks: readonly Block[]) => void;
};

const STEP_MS = 5;

/** Lane 0, and its three peers, of which one and two talk to each other. */
export class AskedPeers {
  readonly #lone = new LoneReplica();
  readonly #ways: Ways;
  readonly #said: Block[] = [];
  readonly #last: Block[] = [];
  #sent: Sent[] = [];

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  get nowMs(): number {
    return this.#lone.cluster.now;
  }

  /** How many blocks a lane has said. */
  saidBy(lane: LaneId): Seq {
    return this.#last[lane]?.header.seq ?? 0;
  }

  /** How many of them lane 0 has. */
  admittedOf(lane: LaneId): Seq {
    return defined(this.#lone.cluster.replicas[0], 'lane 0').lanes()[lane]?.seq ?? 0;
  }

  /** Says a block, which names the last ones, to nobody yet. */
  say(lane: LaneId): Block {
    const [prev, other] = [this.#last[lane], this.#last[3 - lane]];
    const block = this.#lone.block(lane, { ...(prev && { prev }), refs: other ? [other] : [] });
    this.#last[lane] = block;
    this.#said.push(block);
    return block;
  }

  send(lane: LaneId, block: Block | null, afterMs: number): void {
    this.#sent.push({ atMs: this.nowMs + afterMs, lane, block });
  }

  isSending(lane: LaneId): boolean {
    return this.#sent.some((each) => each.lane === lane);
  }

  tell(lane: LaneId): void {
    const frontier = this.#ways.frontier(lane);
    const message = { kind: 'heads', generation: 0, frontier, yours: null } as const;
    this.#step({ kind: 'message', from: { kind: 'lane', lane }, message });
  }

  /** Time goes on, and what is due arrives. */
  pass(): void {
    const due = this.#sent.filter(({ atMs }) => atMs <= this.nowMs);
    this.#sent = this.#sent.filter(({ atMs }) => atMs > this.nowMs);
    for (const { lane, block } of due) {
      if (block === null) this.tell(lane);
      else this.#give(lane, block);
    }
    this.#step({ kind: 'tick' });
    this.#lone.cluster.now += STEP_MS;
  }

  #give(lane: LaneId, given: Block): void {
    const [block] = this.#lone.opened(given);
    this.#step({ kind: 'block', from: { kind: 'lane', lane }, block: defined(block, 'one block') });
  }

  #step(input: Input): void {
    for (const { to, message } of this.#lone.step(input).send) {
      if (message.kind !== 'want' || to === 'all' || to.kind !== 'lane') continue;
      this.#ways.asked(to.lane, this.#wanted(message));
    }
  }

  #wanted({ frontier, digests }: Want): Block[] {
    const names = new Set(digests);
    const isNamed = ({ digest }: Block) => names.has(digest);
    const isAbove = ({ header }: Block) => header.seq > (frontier[header.lane] as Seq);
    return [
      ...this.#said.filter(isNamed),
      ...this.#said.filter((block) => isAbove(block) && !isNamed(block)),
    ];
  }
}
