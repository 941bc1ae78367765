import { assert } from '../../std/assert.ts';
import { RecentSet } from '../../std/recent-set.ts';
import type { Sliced } from '../../std/slices.ts';
import type { Block, Witnesses } from '../../types/block.ts';
import type { DagNode, NodeId } from '../../types/dag.ts';
import type { Refusal } from '../../types/errors.ts';
import type { Digest, LaneId } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Verified } from '../../types/transaction.ts';
import type { Chronicle } from '../chronicle.ts';
import { type Core, isOutcast, isOver } from '../core.ts';
import type { PeerId } from '../effects.ts';
import { evidenceOfRefused } from '../misbehaviour.ts';
import type { Outbox } from '../outbox.ts';
import type { Peers } from '../peers/peers.ts';
import type { Admission } from './admission.ts';
import type { Drafting } from './draft.ts';
import type { Arrival, Sponsored } from './lane-room.ts';
import { NOBODY } from './lanes.ts';
import { Sponsors } from './sponsors.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** Refused digests that are remembered at most, so that one block is judged once. */
const REFUSED_MAX = 4096;

/** Blocks on their way into the graph: received, waiting for what they name, judged, admitted or refused. */
export class Reception {
  readonly #core: Core;
  readonly #admission: Admission;
  readonly #room: WaitingRoom;
  readonly #peers: Peers;
  readonly #chronicle: Chronicle;
  readonly #drafting: Drafting | null;
  readonly #sponsors: Sponsors;
  #refused = new RecentSet(REFUSED_MAX / 2);
  /** Of each lane, how many refused blocks were proofs. */
  readonly #proofs = new Map<LaneId, number>();

  constructor(
    core: Core,
    parts: {
      admission: Admission;
      room: WaitingRoom;
      peers: Peers;
      chronicle: Chronicle;
      drafting: Drafting | null;
    },
  ) {
    this.#core = core;
    this.#admission = parts.admission;
    this.#room = parts.room;
    this.#peers = parts.peers;
    this.#chronicle = parts.chronicle;
    this.#drafting = parts.drafting;
    this.#sponsors = new Sponsors(core);
  }

  *receive(arrival: Arrival, nowMs: number, out: Outbox): Sliced<void> {
    const { block } = arrival;
    const { digest, header } = block;
    if (this.isKnown(digest)) return;
    this.#peers.brought(arrival.from, header, nowMs);
    if (header.lane === this.#core.options.lane) {
      const what = `block ${header.seq} of the own lane, which the journal lacks, is known to a peer`;
      out.stop('own-signature-unknown', what, block.bytes);
      return;
    }
    if (isOver(this.#core)) return;
    const sponsors = this.#room.sponsorsOf(digest, header.lane);
    if (isOutcast(this.#core, header.lane) && sponsors === NOBODY) return;
    const arrivals: Sponsored[] = [{ ...arrival, sponsors }];
    for (let next = arrivals.pop(); next !== undefined; next = arrivals.pop()) {
      if (isOver(this.#core)) return;
      arrivals.push(...(yield* this.#place(next, nowMs, out)));
    }
  }

  /** Nothing more is taken. */
  close(): void {
    this.#room.clear();
    this.#refused = new RecentSet(0);
  }

  /** A block of the own journal: it was judged before, and its names come before it. */
  *restore(block: Verified<Block>, nowMs: number, out: Outbox): Sliced<void> {
    const { prev, refs, missing } = this.#resolve(block);
    assert(missing.length === 0, 'the journal holds blocks after those that they name');
    const judged = this.#admission.judge(block, prev, refs);
    if (judged.ok) yield* this.#admit(block, this.#recalled(block), nowMs, out);
    else out.stop('journal-corrupt', `block ${block.digest} is refused: ${judged.error.code}`);
  }

  /** The own block that the builder just judged: the graph's candidate. */
  *emit(block: Block, nowMs: number, out: Outbox): Sliced<void> {
    yield* this.#admit(block, 'right', nowMs, out);
    out.persist.push(block.bytes);
    out.send.push({ to: 'all', message: { kind: 'block', bytes: block.bytes } });
  }

  /** Admits, refuses or lets wait; returns the blocks that can be looked at again now. */
  *#place(arrival: Sponsored, nowMs: number, out: Outbox): Sliced<Sponsored[]> {
    const { block, from, witnesses } = arrival;
    if (this.#core.graph.find(block.digest) !== 0) return [];
    const { prev, refs, missing } = this.#resolve(block);
    if (missing.some((digest) => this.#refused.has(digest))) {
      return this.#refuse(block, from, { code: 'bad-ref', detail: 'names a refused block' }, out);
    }
    if (missing.length > 0) {
      this.#room.add(arrival, missing);
      this.#peers.waits(nowMs);
      return [];
    }
    const { lane } = block.header;
    const needsSponsor = isOutcast(this.#core, lane);
    const bearer = needsSponsor ? this.#sponsors.bearer(arrival.sponsors, lane, prev) : null;
    // Neither admitted nor refused: it is taken when somebody else needs it.
    if (needsSponsor && bearer === null) return [];
    const judged = this.#admission.judge(block, prev, refs);
    if (!judged.ok) {
      this.#prove(block, prev, out);
      return this.#refuse(block, from, judged.error, out);
    }
    const node = yield* this.#admit(block, witnesses, nowMs, out);
    if (bearer !== null) this.#sponsors.took(bearer, node);
    out.persist.push(block.bytes);
    return this.#room.admitted(block.digest);
  }

  /** The journal does not say who checked what; own blocks were checked before they were made. */
  #recalled({ header }: Block): Witnesses {
    const { lane, genesis } = this.#core.options;
    const isShared = genesis.params.sharedChecks === true;
    return isShared && header.lane !== lane ? 'unchecked' : 'right';
  }

  *#admit(block: Block, witnesses: Witnesses, nowMs: number, out: Outbox): Sliced<DagNode> {
    const node = yield* this.#chronicle.admit(block, witnesses, nowMs, out);
    this.#drafting?.admitted(node);
    return node;
  }

  #refuse(block: Block, from: PeerId, refusal: Refusal, out: Outbox): Sponsored[] {
    this.#chronicle.tally.refusedBlocks++;
    const { lane, seq } = block.header;
    const detail = `lane ${lane} seq ${seq}: ${refusal.detail}`;
    out.rejected.push({ from, code: refusal.code, detail });
    this.#refused.add(block.digest);
    // Its descendants name it: they are refused when they are looked at again.
    return this.#room.refused(block.digest);
  }

  /** What the refused block proves, unless enough is proved of its lane: for each proof there may be a block to read. */
  #prove(block: Block, prev: NodeId, out: Outbox): void {
    const { lane } = block.header;
    const proofs = this.#proofs.get(lane) ?? 0;
    if (proofs >= NODE_LIMITS.evidencePerLaneMax.value) return;
    const proof = evidenceOfRefused(block, this.#chainFrom(prev));
    if (proof === null) return;
    this.#proofs.set(lane, proofs + 1);
    out.evidence.push(proof);
  }

  /** The block and those before it in its chain, newest first. */
  *#chainFrom(last: NodeId): Generator<DagNode & { block: () => Block }> {
    const { graph } = this.#core;
    for (let id = last; id !== 0; id = graph.node(id).prev) {
      yield { ...graph.node(id), block: () => graph.block(id) };
    }
  }

  /** Admitted, waiting, or refused: it is not to be looked at again. */
  isKnown(digest: Digest): boolean {
    return (
      this.#core.graph.find(digest) !== 0 || this.#room.has(digest) || this.#refused.has(digest)
    );
  }

  #resolve(block: Block): { prev: NodeId; refs: NodeId[]; missing: Digest[] } {
    const { graph } = this.#core;
    const missing: Digest[] = [];
    const lookUp = (digest: Digest): NodeId => {
      const id = graph.find(digest);
      if (id === 0) missing.push(digest);
      return id;
    };
    const prev = block.header.seq === 1 ? 0 : lookUp(block.header.prev);
    const refs = block.header.refs.map((ref) => lookUp(ref.digest));
    return { prev, refs, missing };
  }
}
