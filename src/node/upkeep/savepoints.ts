import type { StillFolder } from '../../storage/level/level-store.ts';
import type { SavepointCost, SavepointFolder } from '../../storage/savepoint/savepoint-folder.ts';
import type { SavepointHead, SavepointWriter } from '../../storage/savepoint/savepoint-head.ts';
import type { Log } from '../log/logger.ts';
import { type Clocks, SavepointRest } from './savepoint-rest.ts';

type Tail = { readonly blocks: number; readonly bytes: number };

/** What of the journal a start should have to replay at most, if savepoints can keep up. */
const TAIL: Tail = { blocks: 256, bytes: 4_194_304 };
/** The same where there is no time to spare: at full load four times as many savepoints cost a twelfth of it. */
const BUSY_TAIL: Tail = { blocks: 4096, bytes: 16_777_216 };
/** Validators take turns by their lanes: all at once, as the same blocks would have it, would hold up a quorum. */
const TURNS = 4;
/** A rest is so many times as long as a savepoint, unless a start would have too much to replay. */
const REST = 20;
/**
 * So many times what a busy validator leaves is too much: then they take half of the time, if need be. Where all that
 * takes long does so for want of cores, a start that has a lot to replay makes the next savepoint take longer still.
 */
const TOO_LONG = 2;

export type SavepointsParts = {
  readonly replica: { readonly blocks: number; save(): Uint8Array | null };
  readonly journal: {
    readonly bytes: number;
    link(count: number): string;
    /** Resolves when everything appended before is durable. */
    append(records: readonly Uint8Array[]): Promise<void>;
  };
  readonly store: {
    readonly isFlushing: boolean;
    still<T>(take: (folder: StillFolder, sieve: Uint8Array) => Promise<T>): Promise<T>;
  };
  readonly folder: Pick<SavepointFolder, 'link' | 'write' | 'clear'>;
  readonly head: SavepointWriter;
  /** What this start had to do that the next one need not: blocks replayed, outputs of the genesis stored. */
  readonly unsaved: number;
  /** Is most of the time needed for payments? */
  readonly isBusy: () => boolean;
  readonly clocks: Clocks;
  readonly log: Log;
};

export type SavepointCounts = {
  /** Blocks in the newest one. */
  readonly blocks: number;
  readonly written: number;
  readonly failed: number;
  readonly seconds: number;
};

/** Writes savepoints now and then, between two steps of the replica; one at a time. */
export class Savepoints {
  readonly #parts: SavepointsParts;
  readonly #rest: SavepointRest;
  /** Blocks, and bytes of the journal, that the newest one has; as if it were so long ago as the start was dear. */
  #blocks: number;
  #bytes: number;
  #running: Promise<void> | null = null;
  #isDiscarded = false;
  #written = 0;
  #failed = 0;
  #ms = 0;

  constructor(parts: SavepointsParts) {
    this.#parts = parts;
    this.#blocks = parts.replica.blocks - parts.unsaved;
    this.#bytes = parts.journal.bytes;
    this.#rest = new SavepointRest(parts.clocks);
  }

  get counts(): SavepointCounts {
    const [written, failed] = [this.#written, this.#failed];
    return { blocks: Math.max(0, this.#blocks), written, failed, seconds: this.#ms / 1000 };
  }

  /** Between two steps: nothing is half done. */
  look(): void {
    if (this.#running !== null || !this.#isDue() || this.#parts.store.isFlushing) return;
    this.#begin();
  }

  /** The store is damaged, and so may be what was taken of it: the next start replays the whole journal. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    await this.#running;
    const { folder, log } = this.#parts;
    await folder.clear().catch((cause: unknown) => {
      log.warn({ err: cause }, 'the savepoint could not be removed: remove the folder that has it');
    });
  }

  /** The last one, after the last step. */
  async close(): Promise<void> {
    await this.#running;
    if (this.#parts.replica.blocks !== this.#blocks) this.#begin();
    await this.#running;
  }

  #isDue(): boolean {
    const { replica, journal, isBusy } = this.#parts;
    if (replica.blocks === this.#blocks) return false;
    const isTooLong =
      replica.blocks - this.#blocks > TOO_LONG * BUSY_TAIL.blocks ||
      journal.bytes - this.#bytes > TOO_LONG * BUSY_TAIL.bytes;
    return (
      (isTooLong || this.#isPast(isBusy() ? BUSY_TAIL : TAIL)) &&
      this.#rest.isOver(isTooLong ? 1 : REST)
    );
  }

  /** Has a turn come since the newest one? */
  #isPast({ blocks, bytes }: Tail): boolean {
    const { replica, journal } = this.#parts;
    return (
      this.#turnOf(replica.blocks, blocks) > this.#turnOf(this.#blocks, blocks) ||
      this.#turnOf(journal.bytes, bytes) > this.#turnOf(this.#bytes, bytes)
    );
  }

  /** Of the turns that come with `every` more each, the last one up to `count`. */
  #turnOf(count: number, every: number): number {
    const ahead = ((this.#parts.head.lane ?? 0) % TURNS) / TURNS;
    return Math.floor(count / every + ahead);
  }

  #begin(): void {
    const { replica, journal, head } = this.#parts;
    const state = this.#isDiscarded ? null : replica.save();
    if (state === null) return;
    const { blocks } = replica;
    const { bytes } = journal;
    const full = { ...head, blocks, link: journal.link(blocks) };
    this.#running = this.#write(full, state, bytes).finally(() => {
      this.#running = null;
    });
  }

  /** A failure costs only the next start some time: the journal has everything. */
  async #write(head: SavepointHead, state: Uint8Array, bytes: number): Promise<void> {
    const { journal, store, folder, clocks, log } = this.#parts;
    const startedMs = clocks.now();
    let cost: SavepointCost | null = null;
    try {
      const { linked, sieve } = await store.still(async (place, sieve) => {
        return { linked: await folder.link(place), sieve };
      });
      // It must not be ahead of the journal after a crash.
      await journal.append([]);
      cost = await folder.write(linked, { head, state, sieve });
      this.#blocks = head.blocks;
      this.#bytes = bytes;
      this.#written++;
      this.#note(head, state, cost, clocks.now() - startedMs);
    } catch (cause) {
      this.#failed++;
      log.warn({ err: cause, blocks: head.blocks }, 'no savepoint could be written');
    }
    const tookMs = clocks.now() - startedMs;
    this.#rest.begin(tookMs, cost);
    this.#ms += tookMs;
  }

  #note({ blocks }: SavepointHead, state: Uint8Array, cost: SavepointCost, tookMs: number): void {
    const stateBytes = state.length;
    this.#parts.log.debug({ blocks, stateBytes, ...cost, tookMs }, 'savepoint written');
  }
}
