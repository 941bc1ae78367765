import { ByteCursorError } from './byte-cursor.ts';

/** One decoded item and the bytes that it was, which hashes are made over. */
export type CborItem = { readonly value: CborValue; readonly bytes: Uint8Array };
/** Whole numbers are bigint; maps are lists of pairs; tags are dropped, their content kept. */
export type CborValue =
  | bigint
  | Uint8Array
  | string
  | boolean
  | null
  | { readonly items: readonly CborItem[] }
  | { readonly pairs: readonly (readonly [CborItem, CborItem])[] };

const DEPTH_MAX = 64;
const BREAK = 0xff;

/**
 * Reads CBOR (RFC 8949) front to back as far as ledgers use it: no floats of half width, and nothing is
 * checked for being canonical. Throws ByteCursorError.
 */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  next(depth = 0): CborItem {
    if (depth > DEPTH_MAX) throw new ByteCursorError(`nested too deep at byte ${this.#at}`);
    const begin = this.#at;
    const value = this.#value(depth);
    return { value, bytes: this.#bytes.subarray(begin, this.#at) };
  }

  #value(depth: number): CborValue {
    const first = this.#byte();
    const kind = first >> 5;
    const size = first & 31;
    if (kind === 7) return this.#simple(size);
    const length = size === 31 ? null : this.#length(size);
    switch (kind) {
      case 0:
        return length ?? this.#wrong('a number without an end');
      case 1:
        return -1n - (length ?? this.#wrong('a number without an end'));
      case 2:
        return this.#string(length, depth);
      case 3:
        return new TextDecoder().decode(this.#string(length, depth));
      case 4:
        return { items: this.#many(length, () => this.next(depth + 1)) };
      case 5:
        return {
          pairs: this.#many(length, () => [this.next(depth + 1), this.next(depth + 1)] as const),
        };
      default:
        return this.next(depth + 1).value;
    }
  }

  #many<T>(length: bigint | null, read: () => T): T[] {
    const found: T[] = [];
    // Every item takes at least a byte: a lying length ends at the end of the bytes.
    while (length === null ? !this.#takeBreak() : found.length < length) found.push(read());
    return found;
  }

  #string(length: bigint | null, depth: number): Uint8Array {
    if (length !== null) return this.#take(Number(length));
    const parts: Uint8Array[] = [];
    while (!this.#takeBreak()) {
      const { value } = this.next(depth + 1);
      parts.push(value instanceof Uint8Array ? value : this.#wrong('a part that is no string'));
    }
    return Buffer.concat(parts);
  }

  #simple(size: number): boolean | null {
    if (size === 20 || size === 21) return size === 21;
    if (size === 22 || size === 23) return null;
    // Floats: their value means nothing to any reader here.
    if (size >= 24 && size <= 27) this.#take(1 << (size - 24));
    else this.#wrong('a simple value that nothing here uses');
    return null;
  }

  #length(size: number): bigint {
    if (size < 24) return BigInt(size);
    const at = this.#at;
    if (size > 27) this.#wrong('a length that does not exist');
    this.#take(1 << (size - 24));
    if (size === 24) return BigInt(this.#view.getUint8(at));
    if (size === 25) return BigInt(this.#view.getUint16(at));
    if (size === 26) return BigInt(this.#view.getUint32(at));
    return this.#view.getBigUint64(at);
  }

  #takeBreak(): boolean {
    if (this.#bytes[this.#at] !== BREAK) return false;
    this.#at += 1;
    return true;
  }

  #byte(): number {
    return this.#take(1)[0] as number;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) this.#wrong(`${length} bytes more`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #wrong(what: string): never {
    throw new ByteCursorError(`${what} at byte ${this.#at}`);
  }
}
