import type { Effects, Input, PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import type { HaltCode } from '../../types/errors.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { FLUSH_BYTES } from '../start/data.ts';
import { InputTurns } from './input-turns.ts';
import { type ReleaseParts, ReleaseQueue } from './release-queue.ts';
import { RootJobs, type RootJobsParts } from './root-jobs.ts';

/** What the loop drives and what it drives it with. */
export type DriverParts = {
  readonly replica: {
    /** In slices, each a millisecond at most; nothing else happens to the replica before its end. */
    stepInSlices(
      nowMs: number,
      input: Input,
      more: boolean,
      spacingMs: number,
    ): Iterator<void, Effects>;
  };
  /**
   * Resolves when the blocks are durable; many appends may be under way, in order. `patient`: not before
   * something needs them, or some time has passed; `hurry`: all that were appended are needed.
   */
  readonly journal: {
    append(blocks: readonly Uint8Array[], patient: boolean): Promise<void>;
    hurry(): void;
  };
  readonly store: {
    /** Bytes put and not written yet. */
    readonly backlogBytes: number;
    flush(): Promise<void>;
  };
  readonly now: () => number;
  /** Least time between two own blocks at the load of the moment. */
  readonly spacingMs: () => number;
  readonly roots: RootJobsParts['roots'];
  /** Between two steps, now and then: nothing is half done. */
  readonly between: () => void;
  /** Right after a step, before anything of it is durable. */
  readonly stepped: (effects: Effects) => void;
  readonly release: ReleaseParts['release'];
  /** A step has asked to halt, or threw, or the disk failed. Nothing of this node may leave any more. */
  readonly failed: (cause: unknown) => void;
};

/** Longest time that the loop keeps other work of the process waiting. */
const SLICE_MS = 8;
/** Steps whose effects may wait for the disk before the loop waits as well. */
const UNRELEASED_MAX = 4096;

/** A step that has begun. */
type Begun = {
  readonly kind: Input['kind'];
  readonly job: Iterator<void, Effects>;
  /** Told when it is done, if anybody asked. */
  done: PromiseWithResolvers<void> | null;
};

/** Why the driver stopped by itself: the replica's own word. */
export class ReplicaHalt extends Error {
  override readonly name = 'ReplicaHalt';
  readonly code: HaltCode;
  readonly ownBlock: Uint8Array | null;

  constructor({ code, detail, ownBlock }: NonNullable<Effects['halt']>) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.ownBlock = ownBlock;
  }
}

/**
 * The loop around the pure replica. One input at a time goes through `step`; its blocks go to the journal
 * at once, everything else waits until they are durable. Steps go on while the disk works, so one sync
 * serves all steps since the last; blocks that were only received wait for a step that has something to say.
 * A step that takes long goes on in the next turn of the event loop, before any other (docs/adr/0022).
 */
export class Driver {
  readonly #parts: DriverParts;
  readonly #inputs = new InputTurns();
  readonly #releases: ReleaseQueue;
  readonly #rootJobs: RootJobs;
  #begun: Begun | null = null;
  #scheduled = false;
  #isFlushing = false;
  #stopped = false;
  #hasFailed = false;
  #alarm: NodeJS.Timeout | null = null;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const failed = (cause: unknown) => this.fail(cause);
    this.#releases = new ReleaseQueue({
      release: parts.release,
      failed,
      emptied: () => this.#goOnWithInputs(),
    });
    this.#rootJobs = new RootJobs({
      roots: parts.roots,
      rooted: (epoch, roots) => this.input({ kind: 'rooted', epoch, ...roots }),
      failed,
      sliceMs: SLICE_MS,
    });
  }

  /** What waits for its step of what this peer sent, about in bytes. */
  waitingOf(peer: PeerId): number {
    return this.#inputs.costOf(peerName(peer));
  }

  /** Is a step half done? What is read from the replica now may be of half a cut. */
  get isMidStep(): boolean {
    return this.#begun !== null;
  }

  /** Resolves when none is: what is read before anything else is awaited is of whole steps. */
  async betweenSteps(): Promise<void> {
    while (this.#begun !== null) {
      this.#begun.done ??= Promise.withResolvers<void>();
      await this.#begun.done.promise;
    }
  }

  /**
   * Resolves when everything stepped so far is durable: what is read from the replica now may be told then. A
   * node that fails before never says so.
   */
  async durable(): Promise<void> {
    if (this.#begun !== null) await this.betweenSteps();
    const released = this.#releases.all();
    if (released === null) return;
    this.#parts.journal.hurry();
    await released;
  }

  /** Opens the replica's mouth. */
  start(): void {
    this.input({ kind: 'tick' });
  }

  input(input: Input): void {
    if (this.#stopped) return;
    this.#inputs.push(input);
    this.#schedule();
  }

  /** Takes no more inputs, ends a step that has begun, releases what is stepped, flushes the store. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#guarded(() => {
      if (this.#begun !== null) this.#goOn(Number.POSITIVE_INFINITY);
      this.#releases.run();
    });
    if (!this.#halt()) return;
    this.#parts.journal.hurry();
    await this.#releases.done;
    await this.#parts.store.flush();
  }

  /** Ends at once: nothing that waits is released. The first failure is told, also one that comes after a stop. */
  fail(cause: unknown): void {
    this.#releases.abandon();
    this.#halt();
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.failed(cause);
  }

  #schedule(): void {
    if (this.#scheduled || (this.#begun === null && this.#isHeldUp())) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#guarded(() => this.#drain());
    });
  }

  /** True while the disk has to catch up first. Whoever waited for it schedules again. */
  #isHeldUp(): boolean {
    const { length, bytes } = this.#releases;
    if (length >= UNRELEASED_MAX || bytes > STORAGE_LIMITS.unreleasedBytesMax.value) {
      this.#parts.journal.hurry();
      return true;
    }
    if (this.#parts.store.backlogBytes <= STORAGE_LIMITS.backlogBytesMax.value) return false;
    if (!this.#isFlushing) this.#flush();
    return true;
  }

  #drain(): void {
    const end = performance.now() + SLICE_MS;
    let wakeAtMs: number | null | undefined;
    while (!this.#stopped && this.#begin()) {
      const effects = this.#goOn(end);
      if (effects !== null) wakeAtMs = effects.wakeAtMs;
      if (performance.now() > end) break;
    }
    if (this.#stopped) return;
    if (this.#parts.store.backlogBytes > FLUSH_BYTES && !this.#isFlushing) this.#flush();
    if (this.#begun === null) this.#parts.between();
    if (wakeAtMs !== undefined) this.#setAlarm(wakeAtMs);
    if (this.#begun !== null || this.#inputs.length > 0) this.#schedule();
    this.#releases.run();
  }

  /** Sees to it that a step has begun; false: there is none to begin. */
  #begin(): boolean {
    if (this.#begun !== null) return true;
    if (this.#inputs.length === 0 || this.#isHeldUp()) return false;
    const { replica, now, spacingMs } = this.#parts;
    const input = this.#inputs.shift() as Input;
    const job = replica.stepInSlices(now(), input, this.#inputs.length > 0, spacingMs());
    this.#begun = { kind: input.kind, job, done: null };
    return true;
  }

  /** Goes on with the step that has begun, until this time; null: it is not done then. */
  #goOn(endMs: number): Effects | null {
    const begun = this.#begun as Begun;
    let slice = begun.job.next();
    while (slice.done !== true) {
      if (performance.now() > endMs) return null;
      slice = begun.job.next();
    }
    this.#stepped(begun.kind, slice.value);
    this.#begun = null;
    begun.done?.resolve();
    return slice.value;
  }

  #stepped(kind: Input['kind'], effects: Effects): void {
    const { journal } = this.#parts;
    if (effects.halt !== null) throw new ReplicaHalt(effects.halt);
    const { persist } = effects;
    const isAwaited = isNews(effects);
    const durable = persist.length > 0 ? journal.append(persist, !isAwaited) : null;
    if (isAwaited && durable === null && this.#releases.length > 0) journal.hurry();
    if (isAwaited || persist.length > 0 || effects.statuses.length > 0) {
      this.#releases.push(effects, durable);
    }
    this.#parts.stepped(effects);
    for (const { epoch } of effects.work) this.#rootJobs.add(epoch);
    if (kind === 'rooted') this.#rootJobs.next();
  }

  #goOnWithInputs(): void {
    if (!this.#stopped && this.#inputs.length > 0) this.#schedule();
  }

  #setAlarm(wakeAtMs: number | null): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm);
    this.#alarm = null;
    if (wakeAtMs === null) return;
    const waitMs = Math.min(2 ** 31 - 1, Math.max(1, wakeAtMs - this.#parts.now()));
    this.#alarm = setTimeout(() => this.input({ kind: 'tick' }), waitMs);
  }

  #flush(): void {
    this.#isFlushing = true;
    this.#parts.store.flush().then(
      () => {
        this.#isFlushing = false;
        this.#goOnWithInputs();
      },
      (cause) => this.fail(cause),
    );
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.fail(cause);
    }
  }

  /** False if it was halted before. */
  #halt(): boolean {
    if (this.#stopped) return false;
    this.#stopped = true;
    this.#rootJobs.stop();
    if (this.#alarm !== null) clearTimeout(this.#alarm);
    return true;
  }
}

/**
 * Does anybody wait for these effects? Not for what was received and for what it says of transactions that are
 * only admitted: whoever posted one waits for the block that proposes it, which is sent.
 */
function isNews(effects: Effects): boolean {
  return (
    effects.send.length > 0 ||
    effects.submitted.length > 0 ||
    effects.certified.length > 0 ||
    effects.evidence.length > 0 ||
    effects.rejected.length > 0 ||
    effects.statuses.some((status) => status.kind !== 'admitted')
  );
}
