import { assert } from '../../std/assert.ts';
import { storeFileName } from '../store-file.ts';

/** A table file of LevelDB: never changed once it is written. */
export type LevelTable = { readonly number: number; readonly bytes: number };

/** What LevelDB's MANIFEST says, as far as it was whole when it was read. */
export type LevelManifest = {
  /** The tables that hold the database, those of the write-ahead log apart. */
  readonly tables: readonly LevelTable[];
  /** Bytes of whole records: another edit may have been under way behind them. */
  readonly wholeBytes: number;
};

/*
 * The format is that of LevelDB's documents (doc/log_format.md; the edits are those of version_edit.cc). Only
 * reading is needed, and damage is not looked for: LevelDB itself checks the file when it opens it.
 */
const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const FULL = 1;
const LAST = 4;

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG = 9;

/** The file name of a table. */
export function tableName(number: number): string {
  return storeFileName(number, '.ldb');
}

export function parseManifest(bytes: Uint8Array): LevelManifest {
  const live = new Map<string, LevelTable>();
  let wholeBytes = 0;
  for (const { payload, end } of records(bytes)) {
    applyEdit(payload, live);
    wholeBytes = end;
  }
  return { tables: [...live.values()], wholeBytes };
}

/** The logical records; one whose end is not there yet is left out. */
function* records(bytes: Uint8Array): Generator<{ payload: Uint8Array; end: number }> {
  let parts: Uint8Array[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      at += left;
      continue;
    }
    const length = (bytes[at + 4] as number) | ((bytes[at + 5] as number) << 8);
    const type = bytes[at + 6] as number;
    const end = at + HEADER_BYTES + length;
    if (type === 0 || end > bytes.length) return;
    parts.push(bytes.subarray(at + HEADER_BYTES, end));
    at = end;
    if (type !== FULL && type !== LAST) continue;
    yield { payload: Buffer.concat(parts), end };
    parts = [];
  }
}

function applyEdit(edit: Uint8Array, live: Map<string, LevelTable>): void {
  const cursor = new Cursor(edit);
  const added: [string, LevelTable][] = [];
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    switch (tag) {
      case COMPARATOR:
        cursor.skipSlice();
        break;
      case LOG_NUMBER:
      case NEXT_FILE:
      case LAST_SEQUENCE:
      case PREVIOUS_LOG:
        cursor.varint();
        break;
      case COMPACT_POINTER:
        cursor.varint();
        cursor.skipSlice();
        break;
      case DELETED_FILE:
        live.delete(`${cursor.varint()}/${cursor.varint()}`);
        break;
      case NEW_FILE: {
        const [level, number, size] = [cursor.varint(), cursor.varint(), cursor.varint()];
        cursor.skipSlice();
        cursor.skipSlice();
        added.push([`${level}/${number}`, { number, bytes: size }]);
        break;
      }
      default:
        assert(false, `LevelDB's manifest has an edit of kind ${tag}`);
    }
  }
  for (const [place, table] of added) live.set(place, table);
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      assert(byte !== undefined, "LevelDB's manifest ends inside an edit");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  skipSlice(): void {
    const length = this.varint();
    this.#at += length;
  }
}
