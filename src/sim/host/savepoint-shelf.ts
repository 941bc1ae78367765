import { readList, writeList } from '../../codec/list.ts';
import { decode } from '../../codec/reader.ts';
import { Writer } from '../../codec/writer.ts';
import { assert, defined } from '../../std/assert.ts';
import type { Prng } from '../../std/prng.ts';
import { err, ok, type Result } from '../../std/result.ts';
import {
  encodeSavepoint,
  fileOf,
  filesOf,
  isIntact,
  openSavepoint,
  type SavepointContent,
} from '../../storage/savepoint/savepoint-file.ts';
import type {
  Misfit,
  SavepointHead,
  SavepointPlace,
} from '../../storage/savepoint/savepoint-head.ts';
import type { Saved } from './machine.ts';

/** What can become of a savepoint while nobody runs. */
export const SAVEPOINT_DEEDS = ['flip', 'lose', 'relapse'] as const;
export type SavepointDeed = (typeof SAVEPOINT_DEEDS)[number];

type Files = ReadonlyMap<string, Uint8Array>;

const SAVEPOINT = 'savepoint';
const TABLES = 'tables';
const ENTRY_BYTES = 5;

/**
 * The savepoint folder of a simulated disk. Its files are made, opened and checked by the node's own code; only
 * that the tables are one file, where the node has those of LevelDB with a manifest and a sieve.
 */
export class SavepointShelf {
  #files: () => Files = none;
  /** As it was before the last one was written. */
  #before: () => Files = none;

  get isEmpty(): boolean {
    return this.#files === none;
  }

  /** The files are made when somebody looks: most savepoints are followed by another before that. */
  write(head: () => SavepointHead, saved: Pick<Saved, 'state' | 'tables'>): void {
    let made: Files | null = null;
    this.#before = this.#files;
    this.#files = () => {
      made ??= filesFor(head(), saved);
      return made;
    };
  }

  /** `believes`, a planted bug: what the files hold is taken as it is. */
  read(place: SavepointPlace, believes: boolean): Result<Saved, Misfit> {
    if (this.isEmpty) return err('missing');
    const opened = openSavepoint(this.#file(SAVEPOINT), place);
    if (!opened.ok) return opened;
    const { head, state } = opened.value;
    const whole = filesOf(opened.value).every((file) => isIntact(file, this.#file(file.name)));
    if (!whole && !believes) return err('damaged');
    return ok({ blocks: head.blocks, state, tables: decodeTables(this.#file(TABLES)) });
  }

  clear(): void {
    this.#files = none;
  }

  /** One bit is not what was written; all is gone; the one before is back. */
  suffer(deed: SavepointDeed, prng: Prng): void {
    if (deed === 'flip') this.#flip(prng);
    else this.#files = deed === 'lose' ? none : this.#before;
  }

  #flip(prng: Prng): void {
    const files = this.#files();
    const [name, bytes] = prng.pick([...files].filter(([, { length }]) => length > 0));
    const damaged = Uint8Array.from(bytes);
    damaged[prng.below(damaged.length)]! ^= 1 << prng.below(8);
    const spoiled = new Map([...files, [name, damaged]]);
    this.#files = () => spoiled;
  }

  #file(name: string): Uint8Array {
    return defined(this.#files().get(name), 'all files of a savepoint or none');
  }
}

function none(): Files {
  return new Map();
}

function filesFor(head: SavepointHead, { state, tables }: Pick<Saved, 'state' | 'tables'>): Files {
  const bytes = encodeTables(tables);
  const nothing = new Uint8Array();
  const content: SavepointContent = {
    head,
    state,
    manifestName: '',
    tables: [fileOf(TABLES, bytes)],
    manifest: fileOf('manifest', nothing),
    sieve: fileOf('sieve', nothing),
  };
  return new Map([
    [SAVEPOINT, encodeSavepoint(content)],
    ['manifest', nothing],
    ['sieve', nothing],
    [TABLES, bytes],
  ]);
}

function encodeTables(tables: Saved['tables']): Uint8Array {
  const writer = new Writer();
  writeList(writer, [...tables], (to, [key, value]) => {
    to.name(key);
    to.u32(value.length);
    to.raw(value);
  });
  return writer.finish();
}

function decodeTables(bytes: Uint8Array): Saved['tables'] {
  const decoded = decode(bytes, (reader) =>
    readList(reader, ENTRY_BYTES, (from): [string, Uint8Array] => {
      const key = Buffer.from(from.raw(from.u8())).toString('latin1');
      return [key, new Uint8Array(from.raw(from.u32()))];
    }),
  );
  assert(decoded.ok, 'the tables of a savepoint');
  return new Map(decoded.value);
}
