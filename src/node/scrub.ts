import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './logger.ts';

/** After so many bytes, which take some milliseconds, it rests: 8 MiB a second, some four hundredths of a core. */
const SLICE_BYTES = 1_048_576;
const REST_MS = 125;

export type ScrubParts = {
  readonly journal: {
    readonly unreadBytes: number;
    readUnread(): AsyncIterable<number>;
  };
  /** A part of the journal is damaged, or cannot be read. */
  readonly failed: (cause: unknown) => void;
  readonly log: Log;
};

/** Reads what a start has left unread of the journal, beside the work, so that damage there is found before it matters. */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
    this.#running = parts.journal.unreadBytes === 0 ? Promise.resolve() : this.#run();
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { journal, failed, log } = this.#parts;
    const { signal } = this.#end;
    const bytes = journal.unreadBytes;
    log.info({ bytes }, 'the older part of the journal is read beside the work');
    let sliceBytes = 0;
    try {
      for await (const read of journal.readUnread()) {
        sliceBytes += read;
        if (sliceBytes < SLICE_BYTES) continue;
        sliceBytes = 0;
        await sleep(REST_MS, undefined, { signal });
      }
      log.info({ bytes }, 'all of the journal is read, and whole');
    } catch (cause) {
      if (!signal.aborted) failed(cause);
    }
  }
}
