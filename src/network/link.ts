import type { Connection, Stream } from '@libp2p/interface';
import { FrameParser } from './frames.ts';
import { Outbox } from './outbox.ts';

/** Frames that wait are joined up to about this size: what one noise message can hold. */
const CHUNK_BYTES = 65_000;
/** So much is written at once: well below what the connection may hold unwritten. */
const WRITE_BYTES = 131_072;

/** Monotonic totals of one peer. */
export type LinkCounters = {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Writes to the stream: frames of one tick share one. */
  sends: number;
};

export type LinkOptions = {
  readonly frameBytesMax: number;
  readonly queueBytesMax: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Time by which each message is held back; 0 in production. */
  readonly delayMs: number;
  readonly counters: LinkCounters;
};

export type LinkHandlers = {
  onFrame(link: Link, bytes: Uint8Array): void;
  /** The link has something to write: call `flush` soon, once per tick for all that comes until then. */
  onDirty(link: Link): void;
  /** Exactly once, whoever ended it. */
  onClosed(link: Link, reason: CloseReason): void;
};

export type CloseReason =
  | 'remote'
  | 'overflow'
  | 'frame-too-long'
  | 'replaced'
  | 'stopped'
  | 'disconnected';

/**
 * One block stream to one peer, both ways. The link owns its connection: when one goes, both go, so that
 * a peer is either linked or redialled.
 */
export class Link {
  readonly connection: Connection;
  readonly #stream: Stream;
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  readonly #parser: FrameParser;
  readonly #outbox: Outbox;
  /** What is left of a chunk with a large frame. */
  #rest: Uint8Array | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isPaused = false;
  #isReading = false;
  #isResuming = false;
  #isClosed = false;

  constructor(
    connection: Connection,
    stream: Stream,
    options: LinkOptions,
    handlers: LinkHandlers,
  ) {
    this.connection = connection;
    this.#stream = stream;
    this.#options = options;
    this.#handlers = handlers;
    this.#parser = new FrameParser(options.frameBytesMax);
    this.#outbox = new Outbox(options.queueBytesMax);
    stream.addEventListener('drain', () => handlers.onDirty(this));
    stream.addEventListener('close', () => this.close('remote'));
    stream.addEventListener('remoteCloseWrite', () => this.close('remote'));
  }

  get queuedBytes(): number {
    return this.#outbox.bytes + (this.#rest?.length ?? 0);
  }

  /** Begins to deliver what the peer sends. */
  open(): void {
    this.#stream.addEventListener('message', ({ data }) => {
      if (data instanceof Uint8Array) this.#parser.push(data);
      else for (const chunk of data) this.#parser.push(chunk);
      this.#read();
    });
    if (this.#stream.status !== 'open') this.close('remote');
  }

  /** Queues one frame. A queue that overflows ends the link. */
  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const dueMs = this.#options.now() + this.#options.delayMs;
    if (this.#outbox.add(bytes, dueMs)) this.#handlers.onDirty(this);
    else this.close('overflow');
  }

  /** Writes what is due, as long as the stream takes it. When the stream has drained, it asks again. */
  flush(): void {
    while (!this.#isClosed && this.#canWrite()) {
      const chunk = this.#rest ?? this.#nextChunk();
      if (chunk === null) break;
      this.#rest = chunk.length > WRITE_BYTES ? chunk.subarray(WRITE_BYTES) : null;
      this.#write(chunk.subarray(0, WRITE_BYTES));
    }
    this.#armTimer();
  }

  /** Stops reading: after the frame at hand nothing is delivered, and the peer soon cannot send. */
  pause(): void {
    this.#isPaused = true;
    // Inside stream.resume() the stream would undo a pause and grant the peer a window that nobody reads.
    if (!this.#isResuming) this.#pauseStream();
  }

  resume(): void {
    if (!this.#isPaused || this.#isClosed) return;
    this.#isPaused = false;
    this.#read();
    if (this.#isPaused || this.#stream.readStatus !== 'paused') return;
    this.#isResuming = true;
    this.#stream.resume();
    this.#isResuming = false;
    if (this.#isPaused) this.#pauseStream();
  }

  close(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#outbox.clear();
    this.connection.abort(new Error(`block stream ended: ${reason}`));
    this.#handlers.onClosed(this, reason);
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#isPaused && !this.#isClosed) {
        const next = this.#parser.next();
        if (next.kind === 'partial') break;
        if (next.kind === 'too-long') this.close('frame-too-long');
        else this.#deliver(next.bytes);
      }
    } finally {
      this.#isReading = false;
    }
  }

  #deliver(bytes: Uint8Array): void {
    this.#options.counters.framesIn += 1;
    this.#options.counters.bytesIn += bytes.length;
    this.#handlers.onFrame(this, bytes);
  }

  #nextChunk(): Uint8Array | null {
    const chunk = this.#outbox.take(this.#options.now(), CHUNK_BYTES);
    if (chunk === null) return null;
    this.#options.counters.framesOut += chunk.frames;
    this.#options.counters.bytesOut += chunk.bytes.length;
    return chunk.bytes;
  }

  /**
   * The stream must hold nothing of ours: it says "drained" as soon as a little fits, and would let its
   * own buffer grow by a chunk each time.
   */
  #canWrite(): boolean {
    return !this.#stream.writableNeedsDrain && this.#stream.writeBufferLength === 0;
  }

  #write(bytes: Uint8Array): void {
    this.#options.counters.sends += 1;
    try {
      this.#stream.send(bytes);
    } catch {
      // The stream began to close in this very tick; its event would come later.
      this.close('remote');
    }
  }

  #pauseStream(): void {
    if (this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  /** Wakes for the next message that is held back. One that is due waits for the stream instead. */
  #armTimer(): void {
    const dueMs = this.#outbox.nextDueMs();
    if (this.#isClosed || dueMs === null || this.#timer !== null) return;
    const waitMs = dueMs - this.#options.now();
    // Due since the last look, a moment ago: nobody else would come back for it.
    if (waitMs <= 0 && !this.#canWrite()) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.flush();
    }, waitMs);
  }
}
