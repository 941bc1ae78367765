import type { SignatureCheck } from '../replica/ports.ts';
import type { BatchVerifier } from './batch-verifier.ts';
import { Fifo } from './fifo.ts';

/** Checks handed over at once: few enough for the lanes to take turns often. */
const BATCH_CHECKS_MAX = 64;
/** Least share of a batch that a waiting lane gets. */
const SHARE_MIN = 8;
/** Checks (and jobs) that one lane may have waiting. */
export const LANE_CHECKS_MAX = 32_768;

type Job = {
  readonly checks: readonly SignatureCheck[];
  readonly verdicts: boolean[];
  /** Checks handed out, and checks answered. */
  taken: number;
  answered: number;
  readonly done: (verdicts: readonly boolean[]) => void;
};

type Lane = {
  readonly name: string;
  /** Not answered yet, oldest first. */
  readonly jobs: Fifo<Job>;
  /** Those of them with checks not handed out. */
  readonly untaken: Fifo<Job>;
  weight: number;
};

type Slice = {
  readonly lane: Lane;
  readonly job: Job;
  readonly from: number;
  readonly count: number;
};

/**
 * Signature checks wait in one bounded queue per lane (a peer, or the clients) and are taken in turns, so
 * a flooding lane delays itself only. The jobs of one lane are answered in the order of their arrival.
 */
export class Verification {
  readonly #batches: BatchVerifier;
  readonly #onBatch: (seconds: number) => void;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with untaken jobs, the next one first. */
  readonly #turns = new Fifo<Lane>();
  #running = 0;
  #depth = 0;
  #valid = 0;
  #invalid = 0;

  /** `onBatch` is told how long each batch took, its wait for a thread included. */
  constructor(batches: BatchVerifier, onBatch: (seconds: number) => void = () => {}) {
    this.#batches = batches;
    this.#onBatch = onBatch;
  }

  /** Signatures checked so far. */
  get counts(): { readonly valid: number; readonly invalid: number } {
    return { valid: this.#valid, invalid: this.#invalid };
  }

  /** Checks waiting or being verified. */
  get depth(): number {
    return this.#depth;
  }

  /**
   * One verdict per check, or null at once when the lane has too much waiting. A job without checks
   * is answered after those before it in its lane.
   */
  verify(name: string, checks: readonly SignatureCheck[]): Promise<readonly boolean[]> | null {
    const lane = this.#lane(name);
    if (lane.weight > 0 && lane.weight + weightOf(checks) > LANE_CHECKS_MAX) return null;
    lane.weight += weightOf(checks);
    this.#depth += checks.length;
    return new Promise((done) => {
      const verdicts = new Array<boolean>(checks.length).fill(false);
      const job = { checks, verdicts, taken: 0, answered: 0, done };
      lane.jobs.push(job);
      if (checks.length === 0) return this.#answer(lane);
      if (lane.untaken.length === 0) this.#turns.push(lane);
      lane.untaken.push(job);
      this.#run();
    });
  }

  /** Resolves when all that waits in the lane now is answered, however much it is. */
  turn(name: string): Promise<void> {
    const lane = this.#lane(name);
    lane.weight += weightOf([]);
    return new Promise((done) => {
      lane.jobs.push({ checks: [], verdicts: [], taken: 0, answered: 0, done: () => done() });
      this.#answer(lane);
    });
  }

  async close(): Promise<void> {
    await this.#batches.close();
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, jobs: new Fifo(), untaken: new Fifo(), weight: 0 };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #run(): void {
    while (this.#running < this.#batches.parallel && this.#turns.length > 0) {
      const slices = this.#nextBatch();
      const checks = slices.flatMap(({ job, from, count }) => job.checks.slice(from, from + count));
      const since = performance.now();
      this.#running += 1;
      void this.#batches.verify(checks).then((verdicts) => {
        this.#onBatch((performance.now() - since) / 1000);
        this.#finish(slices, verdicts);
      });
    }
  }

  /** A share of each waiting lane in turn, until the batch is full. */
  #nextBatch(): readonly Slice[] {
    const slices: Slice[] = [];
    const share = Math.max(SHARE_MIN, Math.floor(BATCH_CHECKS_MAX / this.#turns.length));
    let room = BATCH_CHECKS_MAX;
    for (let lane = this.#turns.shift(); lane !== undefined; lane = this.#turns.shift()) {
      room -= takeShare(lane, Math.min(room, share), slices);
      if (lane.untaken.length > 0) this.#turns.push(lane);
      if (room === 0) break;
    }
    return slices;
  }

  #finish(slices: readonly Slice[], verdicts: readonly boolean[]): void {
    this.#running -= 1;
    let at = 0;
    for (const { job, from, count } of slices) {
      for (let i = 0; i < count; i += 1) {
        const isRight = verdicts[at + i] === true;
        job.verdicts[from + i] = isRight;
        if (isRight) this.#valid += 1;
        else this.#invalid += 1;
      }
      at += count;
      job.answered += count;
      this.#depth -= count;
    }
    for (const { lane } of slices) this.#answer(lane);
    this.#run();
  }

  #answer(lane: Lane): void {
    for (let job = lane.jobs.peek(); job !== undefined; job = lane.jobs.peek()) {
      if (job.answered < job.checks.length) return;
      lane.jobs.shift();
      lane.weight -= weightOf(job.checks);
      job.done(job.verdicts);
    }
    this.#lanes.delete(lane.name);
  }
}

function weightOf(checks: readonly SignatureCheck[]): number {
  return Math.max(1, checks.length);
}

/** Adds up to `share` of the lane's checks to `slices`; returns how many. */
function takeShare(lane: Lane, share: number, slices: Slice[]): number {
  let taken = 0;
  for (let job = lane.untaken.peek(); job !== undefined && taken < share; ) {
    const count = Math.min(share - taken, job.checks.length - job.taken);
    slices.push({ lane, job, from: job.taken, count });
    job.taken += count;
    taken += count;
    if (job.taken === job.checks.length) lane.untaken.shift();
    job = lane.untaken.peek();
  }
  return taken;
}
