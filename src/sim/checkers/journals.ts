import { type Block, epochVotes } from '../../types/block.ts';
import type { Digest, Epoch, LaneId } from '../../types/ids.ts';
import { Bits } from '../reference/bits.ts';
import { cutsIn } from '../reference/consensus.ts';
import type { Report } from './names.ts';
import type { Wire } from './wire.ts';

/** The disks of the correct validators: what a word rests on must be there before the word leaves. */
export class JournalChecks {
  readonly #wire: Wire;
  readonly #report: Report;
  readonly #records = new Map<LaneId, Block[]>();
  /** The digests of the records. */
  readonly #held = new Map<LaneId, Set<Digest>>();
  readonly #synced = new Map<LaneId, Set<Digest>>();
  /** Histories of what has left since the last crash: all of it was found among the synced. */
  readonly #covered = new Map<LaneId, Bits>();
  /** The generation with which everything begins at a validator. */
  readonly #begins = new Map<LaneId, number>();
  /** Blocks that a validator was given since it last started, in generations that it had begun. */
  readonly #stepped = new Map<LaneId, Set<Digest>>();

  constructor(wire: Wire, report: Report) {
    this.#wire = wire;
    this.#report = report;
  }

  appended(lane: LaneId, bytes: Uint8Array): void {
    const block = this.#wire.open(bytes);
    if (block === null) {
      this.#report('admission', `lane ${lane} journals what is no block`);
      return;
    }
    this.#checkNames(lane, block);
    this.#recordsOf(lane).push(block);
    this.#heldBy(lane).add(block.digest);
    // The own block is not on the wire yet; it is judged when it is sent.
    if (block.header.lane === lane || this.#wire.isAdmitted(block.digest)) return;
    const why = this.#wire.refused.get(block.digest) ?? 'its history is not known';
    this.#report('admission', `lane ${lane} admits ${place(block)}: ${why}`);
  }

  /**
   * How many of these validators have durably a block of the lane beyond this place, in generations that
   * they have not dropped: those they cannot tell.
   */
  holders(
    lanes: readonly LaneId[],
    lane: LaneId,
    beyond: Pick<Block['header'], 'generation' | 'seq'>,
  ): number {
    return lanes.filter((other) => {
      const synced = this.#syncedOf(other);
      const begins = this.#begins.get(other) ?? 0;
      return this.#recordsOf(other).some(
        ({ header, digest }) =>
          header.lane === lane &&
          header.generation >= begins &&
          isBeyond(header, beyond) &&
          synced.has(digest),
      );
    }).length;
  }

  /** Everything at the validator begins with this generation; the state there stands for what was before. */
  begins(lane: LaneId, generation: number): void {
    this.#begins.set(lane, generation);
  }

  synced(lane: LaneId, count: number): void {
    const set = this.#syncedOf(lane);
    for (const block of this.#recordsOf(lane).slice(set.size, count)) set.add(block.digest);
  }

  /** After a crash only the first `kept` records are there. */
  crashed(lane: LaneId, kept: number): void {
    const left = this.#recordsOf(lane).slice(0, kept);
    this.#records.set(lane, left);
    this.#held.set(lane, new Set(left.map((block) => block.digest)));
    this.#synced.set(lane, new Set(left.map((block) => block.digest)));
    this.#stepped.set(lane, new Set());
    this.#covered.delete(lane);
  }

  /** Whether a validator has begun a generation is known by the first block that it admits in it. */
  stepped(lane: LaneId, { digest, header }: Block): void {
    if (header.generation > this.#generationOf(lane)) return;
    const set = this.#stepped.get(lane) ?? new Set();
    this.#stepped.set(lane, set.add(digest));
  }

  /** An own block of a correct validator leaves: it and its history are on the disk. */
  sent(block: Block): void {
    const { lane } = block.header;
    const entry = this.#wire.reference.model.byDigest.get(block.digest);
    if (entry === undefined) {
      const why = this.#wire.refused.get(block.digest) ?? 'its history is not known';
      this.#report('own-admissible', `${place(block)}: ${why}`);
      return;
    }
    const synced = this.#syncedOf(lane);
    const { entries } = this.#wire.reference.model;
    const covered = this.#covered.get(lane) ?? new Bits();
    const news = entry.history.minus(covered);
    const missing = news.find((index) => !synced.has(entries[index]!.digest));
    if (missing === undefined) {
      covered.addAll(entry.history);
      this.#covered.set(lane, covered);
      return;
    }
    this.#report('durability', `${place(block)} left without ${place(entries[missing]!.block)}`);
  }

  /** The durable blocks of a validator, as a history of the reference. */
  durable(lane: LaneId): Bits {
    const bits = this.#stoodFor(lane);
    for (const digest of this.#syncedOf(lane)) {
      const entry = this.#wire.reference.model.byDigest.get(digest);
      if (entry !== undefined) bits.add(entry.index);
    }
    return bits;
  }

  /** Blocks of the generations that it dropped, or never had: what is decided there no block changes any more. */
  #stoodFor(lane: LaneId): Bits {
    const bits = new Bits();
    const begins = this.#begins.get(lane) ?? 0;
    if (begins === 0) return bits;
    for (const { index, generation } of this.#wire.reference.model.entries) {
      if (generation < begins) bits.add(index);
    }
    return bits;
  }

  /**
   * At the end: whatever a validator was given and is admissible, with its history there, is there. Blocks
   * of a lane that it knows to fork or forge need not be: such a one is taken when somebody names it. Neither
   * need those of generations that are over.
   */
  finish(lane: LaneId): void {
    const { byDigest, entries } = this.#wire.reference.model;
    const records = this.#recordsOf(lane);
    const held = this.#heldBy(lane);
    const generation = this.#generationOf(lane);
    if (this.#mayBeOver(lane, generation)) return;
    const forked = forkedLanes(records);
    for (const { digest, header } of records) {
      if (byDigest.get(digest)?.isSound === false) forked.add(header.lane);
    }
    for (const digest of this.#stepped.get(lane) ?? []) {
      const entry = byDigest.get(digest);
      if (entry === undefined || held.has(digest) || forked.has(entry.lane)) continue;
      if (entry.generation !== generation) continue;
      const whole = entry.history
        .members()
        .every((index) => index === entry.index || held.has(entries[index]!.digest));
      if (whole) this.#report('admission', `lane ${lane} does not admit ${place(entry.block)}`);
    }
  }

  /** The newest that it has admitted a block of. */
  #generationOf(lane: LaneId): number {
    return this.#recordsOf(lane).at(-1)?.header.generation ?? 0;
  }

  /**
   * Does what it has decide the generation's stop cut? Its own COMMIT counts for it before it leaves, and the
   * reference knows no block that has not left.
   */
  #mayBeOver(lane: LaneId, generation: number): boolean {
    const { model } = this.#wire.reference;
    const { generationEpochs } = model.setting;
    if (generationEpochs === 0) return false;
    const stop = (generation + 1) * generationEpochs;
    const history = this.#stoodFor(lane);
    for (const block of this.#recordsOf(lane)) {
      const entry = model.byDigest.get(block.digest);
      if (entry !== undefined) history.add(entry.index);
      else if (commitsIn(block, stop)) return true;
    }
    return cutsIn(model, { history }).length >= stop;
  }

  /** What a block names stands before it. */
  #checkNames(lane: LaneId, block: Block): void {
    const { seq, prev, refs } = block.header;
    const names = [...(seq === 1 ? [] : [prev]), ...refs.map((ref) => ref.digest)];
    const held = this.#heldBy(lane);
    if (names.every((digest) => held.has(digest))) return;
    this.#report('admission', `lane ${lane} admits ${place(block)} before what it names`);
  }

  #recordsOf(lane: LaneId): Block[] {
    const known = this.#records.get(lane);
    if (known !== undefined) return known;
    const made: Block[] = [];
    this.#records.set(lane, made);
    return made;
  }

  #syncedOf(lane: LaneId): Set<Digest> {
    return setOf(this.#synced, lane);
  }

  #heldBy(lane: LaneId): Set<Digest> {
    return setOf(this.#held, lane);
  }
}

function isBeyond(
  { generation, seq }: Block['header'],
  place: Pick<Block['header'], 'generation' | 'seq'>,
): boolean {
  return generation === place.generation ? seq > place.seq : generation > place.generation;
}

function setOf(sets: Map<LaneId, Set<Digest>>, lane: LaneId): Set<Digest> {
  const known = sets.get(lane);
  if (known !== undefined) return known;
  const made = new Set<Digest>();
  sets.set(lane, made);
  return made;
}

function commitsIn(block: Block, epoch: Epoch): boolean {
  return epochVotes(block).some((vote) => vote.kind === 'commit' && vote.epoch === epoch);
}

function forkedLanes(blocks: readonly Block[]): Set<LaneId> {
  const places = new Set<string>();
  const forked = new Set<LaneId>();
  for (const { header } of blocks) {
    const at = `${header.generation}/${header.lane}/${header.seq}`;
    if (places.has(at)) forked.add(header.lane);
    places.add(at);
  }
  return forked;
}

function place(block: Block): string {
  const { lane, seq } = block.header;
  return `block ${lane}/${seq} (${block.digest.slice(0, 8)})`;
}
