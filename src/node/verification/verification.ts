import { isStranger } from '../../replica/peers/peer-name.ts';
import type { SignatureCheck } from '../../replica/ports.ts';
import { CrowdQueue } from '../../std/crowd-queue.ts';
import { Fifo } from '../../std/fifo.ts';
import type { BatchVerifier } from './batch-verifier.ts';

/** So many checks are handed over at once, or less than a slice more: few enough for the lanes to take turns often. */
const BATCH_CHECKS = 64;
/** Checks of one job that are taken together, and what a lane may take before it is the next one's turn. */
const SLICE_CHECKS = 8;
/** Checks (and jobs) that one lane may have waiting. */
export const LANE_CHECKS_MAX = 32_768;

type Job = {
  readonly checks: readonly SignatureCheck[];
  readonly verdicts: boolean[];
  answered: number;
  readonly done: (verdicts: readonly boolean[]) => void;
};

type Lane = {
  readonly name: string;
  /** Not answered yet, oldest first. */
  readonly jobs: Fifo<Job>;
  weight: number;
};

type Slice = {
  readonly lane: Lane;
  readonly job: Job;
  readonly from: number;
  readonly count: number;
};

/**
 * Signature checks wait in one bounded queue per lane (a peer, or a client) and are taken in turns, those of all
 * strangers in the turns of one, so a flood delays itself only. The jobs of one lane are answered in their order.
 */
export class Verification {
  readonly #batches: BatchVerifier;
  readonly #onBatch: (seconds: number) => void;
  readonly #lanes = new Map<string, Lane>();
  /** Not handed out yet. */
  readonly #waiting = new CrowdQueue<Slice>(SLICE_CHECKS, ({ count }) => count);
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
      const job = { checks, verdicts, answered: 0, done };
      lane.jobs.push(job);
      if (checks.length === 0) return this.#answer(lane);
      for (let from = 0; from < checks.length; from += SLICE_CHECKS) {
        const count = Math.min(SLICE_CHECKS, checks.length - from);
        this.#waiting.push(name, isStranger(name), { lane, job, from, count });
      }
      this.#run();
    });
  }

  /** Resolves when all that waits in the lane now is answered, however much it is. */
  turn(name: string): Promise<void> {
    const lane = this.#lane(name);
    lane.weight += weightOf([]);
    return new Promise((done) => {
      lane.jobs.push({ checks: [], verdicts: [], answered: 0, done: () => done() });
      this.#answer(lane);
    });
  }

  async close(): Promise<void> {
    await this.#batches.close();
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, jobs: new Fifo(), weight: 0 };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #run(): void {
    while (this.#running < this.#batches.parallel && this.#waiting.length > 0) {
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

  #nextBatch(): readonly Slice[] {
    const slices: Slice[] = [];
    for (let checks = 0; checks < BATCH_CHECKS; ) {
      const slice = this.#waiting.shift();
      if (slice === undefined) break;
      slices.push(slice);
      checks += slice.count;
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
