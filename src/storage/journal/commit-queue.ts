import { STORAGE_LIMITS } from '../../types/limits.ts';
import type { StorageFault } from '../fault.ts';

/** What nobody waits for is written with what somebody waits for, or so much later on its own. */
const PATIENCE_MS = 50;

export type CommitParts = {
  /** Makes the records durable, in this order. */
  readonly commit: (records: readonly Uint8Array[]) => Promise<void>;
  /** A commit failed, no other follows. Resolves with what is told to everybody who waits. */
  readonly failed: (cause: unknown) => Promise<StorageFault>;
};

type Append = {
  readonly records: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (fault: StorageFault) => void;
};

/** Gathers appends into commits, one at a time: those that arrive during one share the next. */
export class CommitQueue {
  readonly #parts: CommitParts;
  #queue: Append[] = [];
  #bytes = 0;
  /** The first so many of the queue are waited for. */
  #pressing = 0;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** Resolves when the records are durable. `patient`: nothing that leaves the process waits for them yet. */
  push(records: readonly Uint8Array[], patient: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, resolve, reject });
      this.#bytes += bytesOf(records);
      if (!patient || this.#bytes > STORAGE_LIMITS.commitBytesMax.value) this.hurry();
      else this.#timer ??= setTimeout(() => this.hurry(), PATIENCE_MS);
    });
  }

  /** Somebody waits for everything pushed so far. */
  hurry(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pressing = this.#queue.length;
    if (this.#pressing > 0) this.#running ??= this.#run();
  }

  /** Resolves when everything pushed so far is durable, or lost. */
  async close(): Promise<void> {
    this.hurry();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Appends of the same tick join the first write.
    await Promise.resolve();
    while (this.#pressing > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#parts.commit(batch.flatMap((append) => append.records));
      } catch (cause) {
        await this.#refuse(batch, cause);
        break;
      }
      for (const append of batch) append.resolve();
    }
    this.#running = null;
  }

  /** Everything that fits, the patient too: it costs hardly more. */
  #takeBatch(): Append[] {
    let bytes = 0;
    let count = 0;
    for (const { records } of this.#queue) {
      const size = bytesOf(records);
      if (count > 0 && bytes + size > STORAGE_LIMITS.commitBytesMax.value) break;
      bytes += size;
      count += 1;
    }
    this.#bytes -= bytes;
    this.#pressing = Math.max(0, this.#pressing - count);
    return this.#queue.splice(0, count);
  }

  async #refuse(batch: readonly Append[], cause: unknown): Promise<void> {
    const fault = await this.#parts.failed(cause);
    const refused = [...batch, ...this.#queue];
    this.#queue = [];
    this.#bytes = 0;
    this.#pressing = 0;
    for (const append of refused) append.reject(fault);
  }
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, record) => sum + record.length, 0);
}
