/**
 * Frames on a block stream: a length of 4 bytes, big-endian, then that many bytes. Stream chunks have
 * nothing to do with frames: a chunk may hold a thousand of them, or one byte of a length.
 */
export const HEADER_BYTES = 4;

export type NextFrame =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** No whole frame is buffered; push more. */
  | { readonly kind: 'partial' }
  /** The announced length exceeds the bound. Nothing was allocated; the stream is useless from here on. */
  | { readonly kind: 'too-long'; readonly length: number };

const PARTIAL: NextFrame = { kind: 'partial' };

/**
 * Cuts a byte stream into frames. Pulled, not pushed, so that a reader can stop between two frames.
 * Every frame is a copy of its own: keeping it does not keep the chunk that it came in.
 */
export class FrameParser {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  /** Index of the chunk being read, and how far. */
  #chunk = 0;
  #offset = 0;
  #headerFilled = 0;
  #length = 0;
  #body: Uint8Array | null = null;
  #bodyFilled = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  next(): NextFrame {
    if (this.#body === null) {
      if (!this.#readHeader()) return PARTIAL;
      if (this.#length > this.#bytesMax) return { kind: 'too-long', length: this.#length };
      this.#body = new Uint8Array(this.#length);
      this.#bodyFilled = 0;
    }
    const body = this.#body;
    if (!this.#readBody(body)) return PARTIAL;
    this.#body = null;
    this.#headerFilled = 0;
    this.#length = 0;
    return { kind: 'frame', bytes: body };
  }

  #readHeader(): boolean {
    while (this.#headerFilled < HEADER_BYTES) {
      const chunk = this.#current();
      if (chunk === null) return false;
      this.#length = this.#length * 256 + chunk[this.#offset]!;
      this.#offset += 1;
      this.#headerFilled += 1;
    }
    return true;
  }

  #readBody(body: Uint8Array): boolean {
    while (this.#bodyFilled < body.length) {
      const chunk = this.#current();
      if (chunk === null) return false;
      const end = Math.min(chunk.length, this.#offset + body.length - this.#bodyFilled);
      body.set(chunk.subarray(this.#offset, end), this.#bodyFilled);
      this.#bodyFilled += end - this.#offset;
      this.#offset = end;
    }
    return true;
  }

  /** The chunk in which at least one byte is unread; null: none, and all chunks are let go. */
  #current(): Uint8Array | null {
    const chunk = this.#chunks[this.#chunk];
    if (chunk !== undefined && this.#offset < chunk.length) return chunk;
    if (chunk !== undefined) {
      this.#chunk += 1;
      this.#offset = 0;
    }
    if (this.#chunk < this.#chunks.length) return this.#chunks[this.#chunk]!;
    this.#chunks = [];
    this.#chunk = 0;
    return null;
  }
}

/** Writes the messages as frames, one after the other, into one array. */
export function joinFrames(messages: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const message of messages) total += HEADER_BYTES + message.length;
  const joined = new Uint8Array(total);
  const view = new DataView(joined.buffer);
  let offset = 0;
  for (const message of messages) {
    view.setUint32(offset, message.length);
    joined.set(message, offset + HEADER_BYTES);
    offset += HEADER_BYTES + message.length;
  }
  return joined;
}
