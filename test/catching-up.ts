import type { Input } from '../src/replica/effects.ts';
import { DEFAULT_POLICY } from '../src/replica/replica-options.ts';
import { assert, defined } from '../src/std/assert.ts';
import type { Block } from '../src/types/block.ts';
import type { LaneId, Seq } from '../src/types/ids.ts';
import type { PeerMessage } from '../src/types/message.ts';
import { LoneReplica } from './lone-replica.ts';

type Want = Extract<PeerMessage, { kind: 'want' }>;
/** A block of an answer, or null for the heads that end it, so long after the question. */
type Part = { readonly afterMs: number; readonly block: Block | null };
/** When a peer gives which of these blocks: those that an answer would hold, the oldest first. */
export type Manner = (blocks: readonly Block[]) => Part[];
type Sent = Pick<Part, 'block'> & { readonly atMs: number; readonly lane: LaneId };

/** So many blocks are an answer of 4 MiB here. */
const ANSWER_BLOCKS = 32;
const ANSWERS = 16;
const PEERS: readonly LaneId[] = [1, 2, 3];
const STEP_MS = 5;
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
  readonly #lone = new LoneReplica();
  readonly #history: readonly Block[];
  readonly #manners: readonly Manner[];
  #sent: Sent[] = [];

  constructor(...manners: readonly [Manner, Manner, Manner]) {
    this.#manners = manners;
    const last: Block[] = [];
    this.#history = Array.from({ length: ANSWERS * ANSWER_BLOCKS }, (_, i) => {
      const lane = 1 + (i % 2);
      const [prev, other] = [last[lane], last[3 - lane]];
      const block = this.#lone.block(lane, { ...(prev && { prev }), refs: other ? [other] : [] });
      last[lane] = block;
      return block;
    });
  }

  /** Milliseconds until it has all of it. */
  ms(): number {
    const { cluster } = this.#lone;
    const beginMs = cluster.now;
    for (let beatMs = beginMs; !this.#isDone(); cluster.now += STEP_MS) {
      assert(cluster.now - beginMs < FOREVER_MS, 'it catches up');
      if (cluster.now >= beatMs) {
        beatMs += DEFAULT_POLICY.resyncMs;
        // What an answer holds comes before what is said after it.
        const answering = new Set(this.#sent.map(({ lane }) => lane));
        for (const lane of PEERS) if (!answering.has(lane)) this.#tell(lane);
      }
      this.#deliver();
      this.#step({ kind: 'tick' });
    }
    return cluster.now - beginMs;
  }

  #isDone(): boolean {
    const lanes = defined(this.#lone.cluster.replicas[0], 'lane 0').lanes();
    return [1, 2].every((lane) => lanes[lane]?.seq === this.#history.length / 2);
  }

  #deliver(): void {
    const { now } = this.#lone.cluster;
    const due = this.#sent.filter(({ atMs }) => atMs <= now);
    this.#sent = this.#sent.filter(({ atMs }) => atMs > now);
    for (const { lane, block } of due) {
      if (block === null) this.#tell(lane);
      else {
        const [opened] = this.#lone.opened(block);
        const from = { kind: 'lane', lane } as const;
        this.#step({ kind: 'block', from, block: defined(opened, 'one block') });
      }
    }
  }

  #tell(lane: LaneId): void {
    const each = this.#history.length / 2;
    const frontier = [0, each, each, lane === 3 ? 9 : 0];
    const message = { kind: 'heads', generation: 0, frontier, yours: null } as const;
    this.#step({ kind: 'message', from: { kind: 'lane', lane }, message });
  }

  #step(input: Input): void {
    for (const { to, message } of this.#lone.step(input).send) {
      if (message.kind === 'want' && to !== 'all' && to.kind === 'lane')
        this.#asked(to.lane, message);
    }
  }

  #asked(lane: LaneId, { frontier, digests }: Want): void {
    const names = new Set(digests);
    const isNamed = ({ digest }: Block) => names.has(digest);
    const isAbove = ({ header }: Block) => header.seq > (frontier[header.lane] as Seq);
    const blocks = [
      ...this.#history.filter(isNamed),
      ...this.#history.filter((block) => isAbove(block) && !isNamed(block)),
    ].slice(0, ANSWER_BLOCKS);
    const manner = defined(this.#manners[PEERS.indexOf(lane)], 'its manner');
    const { now } = this.#lone.cluster;
    this.#sent.push(
      ...manner(blocks).map(({ afterMs, block }) => ({ atMs: now + afterMs, lane, block })),
    );
  }
}
