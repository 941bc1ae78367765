import { HEADER_BYTES, joinFrames } from './frames.ts';

type Entry = { readonly message: Uint8Array; readonly dueMs: number };

/** What keeping a message costs beside its bytes, about; so that many tiny ones are bounded as well. */
const ENTRY_BYTES = 64;

/**
 * Messages towards one peer that the stream has not taken yet, in order. Bounded in bytes: a peer that
 * does not read must not grow this process.
 */
export class Outbox {
  readonly #bytesMax: number;
  #entries: (Entry | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #lastDueMs = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False: it does not fit, and nothing was taken. Its due time is never before that of its predecessor. */
  add(message: Uint8Array, dueMs: number): boolean {
    const size = ENTRY_BYTES + message.length;
    if (this.#bytes + size > this.#bytesMax) return false;
    this.#bytes += size;
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    this.#entries.push({ message, dueMs: this.#lastDueMs });
    return true;
  }

  /** When the oldest message may leave; null: empty. */
  nextDueMs(): number | null {
    return this.#entries[this.#first]?.dueMs ?? null;
  }

  /**
   * Takes messages that are due, as frames in one array of `chunkBytes` or up to one message more (so
   * that a message larger than a chunk leaves as well). Null: none is due.
   */
  take(nowMs: number, chunkBytes: number): { bytes: Uint8Array; frames: number } | null {
    const messages: Uint8Array[] = [];
    let size = 0;
    while (size < chunkBytes) {
      const entry = this.#entries[this.#first];
      if (entry === undefined || entry.dueMs > nowMs) break;
      this.#entries[this.#first] = undefined;
      this.#first += 1;
      messages.push(entry.message);
      size += HEADER_BYTES + entry.message.length;
      this.#bytes -= ENTRY_BYTES + entry.message.length;
    }
    if (messages.length === 0) return null;
    this.#compact();
    return { bytes: joinFrames(messages), frames: messages.length };
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  /** Shortens the list when half of it is taken: constant cost per message in the long run. */
  #compact(): void {
    if (this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
