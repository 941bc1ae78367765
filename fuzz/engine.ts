import { createHash } from 'node:crypto';
import { createPrng, type Prng } from '../src/std/prng.ts';
import { allocatedBy, allocatedRoughly } from './allocation.ts';
import type { Coverage, Reached } from './coverage.ts';
import { shortened } from './shorten.ts';
import { labelOf, type Target } from './target.ts';

export type Failure = {
  /** `threw`: a property or the decoder's promise never to throw; the others: a bound. */
  readonly kind: 'threw' | 'memory' | 'time';
  readonly detail: string;
  /** Number of the execution, from 0; the same again with the same seed. */
  readonly exec: number;
  readonly input: Uint8Array;
};

export type Report = {
  readonly target: string;
  readonly seed: number;
  readonly execs: number;
  /** By the clock, and of the processor: on a busy machine they differ much. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Distinct blocks of the sources reached, and distinct things that the decoder said. */
  readonly blocks: number;
  readonly answers: number;
  /** Inputs kept because they reached something new. */
  readonly kept: readonly Uint8Array[];
  /** The most that one input allocated, of those measured, and its share of the bound. */
  readonly allocated: { readonly bytes: number; readonly share: number };
  /** Hash of all inputs in their order: equal seeds give equal runs. */
  readonly inputs: string;
  readonly failures: readonly Failure[];
};

export type Options = {
  readonly seed: number;
  readonly corpus: readonly Uint8Array[];
  /** Whether to go on after so many executions. */
  readonly goOn: (execs: number) => boolean;
  readonly coverage: Coverage;
  /** Milliseconds that one input may take; null: no clock is looked at. */
  readonly timeMaxMs: number | null;
  readonly onBatch?: (state: { execs: number; kept: number; failures: number }) => void;
};

const BATCH = 64;
const SAMPLES_EVERY = 512;
const MEASURED_EVERY = 97;
const FAILURES_MAX = 20;
/** A share of the memory bound that is worth a careful measurement more than the last one. */
const SHARE_STEP = 0.05;
/** How often what is kept is what the generator made lately rather than what reached something new. */
const FRESH_SHARE = 0.2;

/** Runs one target. Everything but the figures of time and memory is a function of the seed and the corpus. */
export async function fuzz(target: Target, options: Options): Promise<Report> {
  const run = new Run(target, options);
  return run.all();
}

class Run {
  readonly #target: Target;
  readonly #options: Options;
  readonly #random: Prng;
  readonly #kept: Uint8Array[] = [];
  readonly #answers = new Set<string>();
  readonly #failures: Failure[] = [];
  readonly #inputs = createHash('sha256');
  #fresh: readonly Uint8Array[] = [];
  #execs = 0;
  #most = { bytes: 0, share: 0 };

  constructor(target: Target, options: Options) {
    this.#target = target;
    this.#options = options;
    this.#random = createPrng(`${target.name}/${options.seed}`);
  }

  async all(): Promise<Report> {
    const { corpus, goOn, coverage, onBatch, seed } = this.#options;
    const started = performance.now();
    const cpu = process.cpuUsage();
    coverage.take();
    this.#fresh = this.#target.samples(this.#random.next());
    await this.#batch([...this.#fresh, ...corpus].map((input) => this.#cut(input)));
    while (goOn(this.#execs) && this.#failures.length < FAILURES_MAX) {
      if (this.#execs % SAMPLES_EVERY < BATCH) {
        this.#fresh = this.#target.samples(this.#random.next());
      }
      await this.#batch(Array.from({ length: BATCH }, () => this.#next()));
      onBatch?.({ ...this.#figures(), kept: this.#kept.length });
    }
    return {
      target: this.#target.name,
      seed,
      execs: this.#execs,
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: cpuSecondsSince(cpu),
      blocks: coverage.blocks,
      answers: this.#answers.size,
      kept: this.#kept,
      allocated: this.#most,
      inputs: this.#inputs.digest('hex'),
      failures: this.#failures,
    };
  }

  #figures() {
    return { execs: this.#execs, failures: this.#failures.length };
  }

  #next(): Uint8Array {
    const random = this.#random;
    const from = this.#kept.length === 0 || random.chance(FRESH_SHARE) ? this.#fresh : this.#kept;
    const { mutate, repair } = this.#target;
    const changed = this.#cut(mutate(random.pick(from), random.pick(from), random));
    return repair !== undefined && random.chance(0.5) ? this.#cut(repair(changed)) : changed;
  }

  #cut(input: Uint8Array): Uint8Array {
    return input.length > this.#target.lengthMax ? input.slice(0, this.#target.lengthMax) : input;
  }

  async #batch(inputs: readonly Uint8Array[]): Promise<void> {
    const { coverage } = this.#options;
    coverage.take();
    for (const input of inputs) await this.#run(input);
    const reached = coverage.take();
    if (coverage.isNew(reached)) await this.#search(inputs, reached);
    // Signals and the progress line get their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Finds those inputs of a batch that reach something new, by halves. */
  async #search(inputs: readonly Uint8Array[], reached: Reached): Promise<void> {
    const { coverage } = this.#options;
    if (inputs.length === 1) {
      this.#keep(inputs[0] as Uint8Array);
      coverage.keep(reached);
      return;
    }
    const middle = inputs.length >> 1;
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      coverage.take();
      for (const input of half) await this.#quietly(input);
      const again = coverage.take();
      if (coverage.isNew(again)) await this.#search(half, again);
    }
  }

  async #quietly(input: Uint8Array): Promise<void> {
    try {
      await this.#target.check(input);
    } catch {
      // Told when it ran for the first time.
    }
  }

  async #run(input: Uint8Array): Promise<void> {
    const exec = this.#execs;
    this.#execs += 1;
    this.#inputs.update(input);
    const started = performance.now();
    try {
      const answered = this.#target.check(input);
      const answer = typeof answered === 'string' ? answered : await answered;
      this.#heard(answer, input);
    } catch (cause) {
      await this.#threw(cause, input, exec);
      return;
    }
    const took = performance.now() - started;
    const { timeMaxMs } = this.#options;
    if (timeMaxMs !== null && took > timeMaxMs) await this.#slow(input, exec, timeMaxMs);
    if (exec % MEASURED_EVERY === 0) this.#measure(input, exec);
  }

  #heard(answer: string, input: Uint8Array): void {
    if (this.#answers.has(answer)) return;
    this.#answers.add(answer);
    this.#keep(input);
  }

  #keep(input: Uint8Array): void {
    if (!this.#kept.includes(input)) this.#kept.push(input);
  }

  async #threw(cause: unknown, input: Uint8Array, exec: number): Promise<void> {
    const detail = causeText(cause);
    const alike = (one: string) => labelOf(one) === labelOf(detail);
    if (this.#failures.some((one) => one.kind === 'threw' && alike(one.detail))) return;
    const isSame = async (shorter: Uint8Array) => {
      try {
        await this.#target.check(shorter);
        return false;
      } catch (again) {
        return alike(causeText(again));
      }
    };
    const short = await shortened(input, isSame);
    this.#failures.push({ kind: 'threw', detail, exec, input: short });
  }

  /** By the processor's time: on a busy machine a quick one takes a second, too. */
  async #slow(input: Uint8Array, exec: number, maxMs: number): Promise<void> {
    if (this.#failures.some(({ kind }) => kind === 'time')) return;
    let least = Number.POSITIVE_INFINITY;
    for (let left = 3; left > 0; left--) {
      const started = process.cpuUsage();
      await this.#quietly(input);
      least = Math.min(least, 1000 * cpuSecondsSince(started));
    }
    if (least <= maxMs) return;
    const detail = `${least.toFixed(0)} ms for ${input.length} bytes, at most ${maxMs}`;
    this.#failures.push({ kind: 'time', detail, exec, input });
  }

  #measure(input: Uint8Array, exec: number): void {
    const { decode, memory } = this.#target;
    if (decode === undefined) return;
    const call = () => decode(input);
    const bound = memory.fixed + memory.perByte * input.length;
    // The quick look finds candidates; only a repeated, undisturbed measurement counts.
    const rough = allocatedRoughly(call) / bound;
    if (rough >= 0 && rough <= Math.min(1, this.#most.share + SHARE_STEP)) return;
    const bytes = allocatedBy(call);
    if (!Number.isFinite(bytes)) return;
    const share = bytes / bound;
    if (share > this.#most.share) this.#most = { bytes, share };
    if (share <= 1 || this.#failures.some(({ kind }) => kind === 'memory')) return;
    const detail = `${bytes} bytes allocated for ${input.length}, at most ${bound}`;
    this.#failures.push({ kind: 'memory', detail, exec, input });
  }
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

export function cpuSecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
