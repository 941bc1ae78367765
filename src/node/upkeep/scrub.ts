import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log/logger.ts';

/** After so many bytes, which take some milliseconds, it rests: 8 MiB a second, some four hundredths of a core. */
const SLICE_BYTES = 1_048_576;
const REST_MS = 125;
/** From one reading of the savepoint to the next. */
const AGAIN_MS = 3_600_000;

export type ScrubParts = {
  readonly journal: {
    readonly unreadBytes: number;
    readUnread(): AsyncIterable<number>;
  };
  /** Its files are those of the store, too, but for what that has written since. */
  readonly savepoint: { readAgain(): AsyncIterable<number> };
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Something is damaged, or cannot be read. */
  readonly failed: (cause: unknown) => void;
  readonly log: Log;
};

/**
 * Reads beside the work what a start has left unread of the journal, once, and the files of the savepoint now and
 * then: of what is in the store LevelDB says nothing when it is damaged, and may say that it is not there.
 */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { journal, savepoint, pause, failed } = this.#parts;
    const { signal } = this.#end;
    try {
      if (journal.unreadBytes > 0) await this.#readJournal();
      for (;;) {
        await pause(AGAIN_MS, signal);
        await this.#read(savepoint.readAgain());
      }
    } catch (cause) {
      if (!signal.aborted) failed(cause);
    }
  }

  async #readJournal(): Promise<void> {
    const { journal, log } = this.#parts;
    const bytes = journal.unreadBytes;
    log.info({ bytes }, 'the older part of the journal is read beside the work');
    await this.#read(journal.readUnread());
    log.info({ bytes }, 'all of the journal is read, and whole');
  }

  async #read(pieces: AsyncIterable<number>): Promise<void> {
    let sliceBytes = 0;
    for await (const read of pieces) {
      sliceBytes += read;
      if (sliceBytes < SLICE_BYTES) continue;
      sliceBytes = 0;
      await this.#parts.pause(REST_MS, this.#end.signal);
    }
  }
}

/** Rejects when it is to end. */
export function pauseOf(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false });
}
