import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Place } from './place.ts';
import { ENTRY_WORDS, type PackedKey, PlaceTable } from './place-table.ts';

/** A table holds a part of the keys, so that none is long: a long one would take long to grow. */
const TABLES = 256;
/** Keys of so many digits are packed, six to a word; random ones are hardly ever longer. */
const PACKED_DIGITS = 12;
const WORD_DIGITS = 6;
const WORD = 4;
/** Of a key that is not packed: number of digits u8, the digits, then file, byte, length. */
const LONG_HEAD_BYTES = 1;
const PLACE_WORDS = 3;

/**
 * Where the record of each page stands. In memory: 20 bytes a page and room for as many again at most, for a page
 * of each three or four transactions with unspent outputs. LevelDB would have to write and merge each of the rows.
 */
export class PlaceIndex {
  readonly #tables: readonly PlaceTable[];
  readonly #long = new Map<string, Place>();
  /** Of all records that have a place. */
  liveBytes = 0;

  constructor() {
    const seed = randomInt(2 ** 32);
    this.#tables = Array.from({ length: TABLES }, () => new PlaceTable(seed));
  }

  get(digits: string): Place | null {
    if (digits.length > PACKED_DIGITS) return this.#long.get(digits) ?? null;
    const key = packed(digits);
    return this.#tableOf(key).get(key);
  }

  /** null: the page has no place any more. */
  set(digits: string, place: Place | null): void {
    if (digits.length > PACKED_DIGITS) this.#setLong(digits, place);
    else this.#setPacked(packed(digits), place);
  }

  /**
   * Number of packed keys u32, of others u32, the entries of the packed ones as they are in memory, the others; all
   * of it ends with its CRC-32. Numbers are little-endian, as those in memory.
   */
  encode(): Buffer {
    const count = this.#packedCount;
    const long = Buffer.concat([...this.#long].map(([digits, at]) => encodeLong(digits, at)));
    const longAt = (2 + count * ENTRY_WORDS) * WORD;
    // Made in place: with a million pages a copy would be 20 MB.
    const body = Buffer.allocUnsafeSlow(longAt + long.length + WORD);
    const words = new Uint32Array(body.buffer, 0, longAt / WORD);
    words.set([count, this.#long.size]);
    let at = 2;
    for (const table of this.#tables) at = table.copyTo(words, at);
    body.set(long, longAt);
    body.writeUInt32LE(crc32(body.subarray(0, -WORD)), body.length - WORD);
    return body;
  }

  /** Throws when these are not the bytes of an index. */
  static decode(bytes: Uint8Array): PlaceIndex {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const isWhole = body.length >= 3 * WORD;
    if (!isWhole || crc32(body.subarray(0, -WORD)) !== body.readUInt32LE(body.length - WORD)) {
      throw damaged();
    }
    const [count, long] = [body.readUInt32LE(0), body.readUInt32LE(WORD)];
    const longAt = (2 + count * ENTRY_WORDS) * WORD;
    if (longAt > body.length - WORD) throw damaged();
    const index = new PlaceIndex();
    for (let at = 2 * WORD; at < longAt; at += ENTRY_WORDS * WORD) {
      const key = [body.readUInt32LE(at), body.readUInt32LE(at + WORD)] as const;
      if (key[0] === 0) throw damaged();
      index.#setPacked(key, readPlace(body, at + 2 * WORD));
    }
    if (index.#readLong(body, longAt, long) !== body.length - WORD) throw damaged();
    const isEachOnce = index.#packedCount === count && index.#long.size === long;
    if (!isEachOnce) throw damaged();
    return index;
  }

  get #packedCount(): number {
    return this.#tables.reduce((sum, table) => sum + table.count, 0);
  }

  /** Returns the byte behind them. */
  #readLong(body: Buffer, from: number, count: number): number {
    let at = from;
    for (let i = 0; i < count; i += 1) {
      const digitsAt = at + LONG_HEAD_BYTES;
      const placeAt = digitsAt + (body[at] ?? 0);
      at = placeAt + PLACE_WORDS * WORD;
      if (at > body.length - WORD) throw damaged();
      this.set(body.toString('latin1', digitsAt, placeAt), readPlace(body, placeAt));
    }
    return at;
  }

  #setPacked(key: PackedKey, place: Place | null): void {
    const table = this.#tableOf(key);
    this.#replaced(table.get(key), place);
    if (place === null) table.delete(key);
    else table.set(key, place);
  }

  #setLong(digits: string, place: Place | null): void {
    this.#replaced(this.#long.get(digits) ?? null, place);
    if (place === null) this.#long.delete(digits);
    else this.#long.set(digits, place);
  }

  #replaced(before: Place | null, after: Place | null): void {
    this.liveBytes += (after?.bytes ?? 0) - (before?.bytes ?? 0);
  }

  #tableOf([first, second]: PackedKey): PlaceTable {
    // The last digits of short keys and of long ones.
    return this.#tables[(first ^ second ^ (first >>> 8)) & (TABLES - 1)] as PlaceTable;
  }
}

/** The number of digits, from 1 on, in the highest byte of the first word. */
function packed(digits: string): PackedKey {
  const first = Number.parseInt(digits.slice(0, WORD_DIGITS) || '0', 16);
  const second = digits.length > WORD_DIGITS ? Number.parseInt(digits.slice(WORD_DIGITS), 16) : 0;
  return [(digits.length + 1) * 2 ** 24 + first, second];
}

function encodeLong(digits: string, { file, at, bytes }: Place): Buffer {
  const words = Uint32Array.of(file, at, bytes);
  const head = Uint8Array.of(digits.length);
  return Buffer.concat([head, Buffer.from(digits, 'latin1'), Buffer.from(words.buffer)]);
}

function readPlace(body: Buffer, at: number): Place {
  const file = body.readUInt32LE(at);
  return { file, at: body.readUInt32LE(at + WORD), bytes: body.readUInt32LE(at + 2 * WORD) };
}

function damaged(): Error {
  return new Error('the index of the pages of the state tree is damaged');
}
