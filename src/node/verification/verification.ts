import { isStranger } from '../../replica/peers/peer-name.ts';
import type { SignatureCheck } from '../../replica/ports.ts';
import { CrowdQueue } from '../../std/crowd-queue.ts';
import { Fifo } from '../../std/fifo.ts';
import type { BatchVerifier } from './batch-verifier.ts';

/** So many checks are handed over at once, or less than a slice more: few enough for sources to take turns often. */
const BATCH_CHECKS = 64;
/** Checks of one job that are taken together, and what a source may take before it is the next one's turn. */
const SLICE_CHECKS = 8;
/** Checks (and jobs) that one source may have waiting. */
export const SOURCE_CHECKS_MAX = 32_768;

type Job = {
  readonly checks: readonly SignatureCheck[];
  readonly verdicts: boolean[];
  answered: number;
  readonly done: (verdicts: readonly boolean[]) => void;
};

type Source = {
  readonly name: string;
  /** Not answered yet, oldest first. */
  readonly jobs: Fifo<Job>;
  weight: number;
};

type Slice = {
  readonly source: Source;
  readonly job: Job;
  readonly from: number;
  readonly count: number;
};

/**
 * Signature checks wait in one bounded queue per source (a peer, or a client) and are taken in turns, those of all
 * strangers in the turns of one, so a flood delays itself only. The jobs of one source are answered in their order.
 */
export class Verification {
  readonly #batches: BatchVerifier;
  readonly #onBatch: (seconds: number) => void;
  readonly #sources = new Map<string, Source>();
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
   * One verdict per check, or null at once when the source has too much waiting. A job without checks
   * is answered after those before it of its source.
   */
  verify(name: string, checks: readonly SignatureCheck[]): Promise<readonly boolean[]> | null {
    const source = this.#source(name);
    if (source.weight > 0 && source.weight + weightOf(checks) > SOURCE_CHECKS_MAX) return null;
    source.weight += weightOf(checks);
    this.#depth += checks.length;
    return new Promise((done) => {
      const verdicts = new Array<boolean>(checks.length).fill(false);
      const job = { checks, verdicts, answered: 0, done };
      source.jobs.push(job);
      if (checks.length === 0) return this.#answer(source);
      for (let from = 0; from < checks.length; from += SLICE_CHECKS) {
        const count = Math.min(SLICE_CHECKS, checks.length - from);
        this.#waiting.push(name, isStranger(name), { source, job, from, count });
      }
      this.#run();
    });
  }

  /** Resolves when all that waits of the source now is answered, however much it is. */
  turn(name: string): Promise<void> {
    const source = this.#source(name);
    source.weight += weightOf([]);
    return new Promise((done) => {
      source.jobs.push({ checks: [], verdicts: [], answered: 0, done: () => done() });
      this.#answer(source);
    });
  }

  async close(): Promise<void> {
    await this.#batches.close();
  }

  #source(name: string): Source {
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = { name, jobs: new Fifo(), weight: 0 };
      this.#sources.set(name, source);
    }
    return source;
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
    for (const { source } of slices) this.#answer(source);
    this.#run();
  }

  #answer(source: Source): void {
    for (let job = source.jobs.peek(); job !== undefined; job = source.jobs.peek()) {
      if (job.answered < job.checks.length) return;
      source.jobs.shift();
      source.weight -= weightOf(job.checks);
      job.done(job.verdicts);
    }
    this.#sources.delete(source.name);
  }
}

function weightOf(checks: readonly SignatureCheck[]): number {
  return Math.max(1, checks.length);
}
