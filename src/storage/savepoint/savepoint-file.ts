import { crc32 } from 'node:zlib';
import { readList, writeList } from '../../codec/list.ts';
import type { Reader } from '../../codec/reader.ts';
import { Writer } from '../../codec/writer.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { decodeSealed, seal } from '../seal.ts';
import {
  type Misfit,
  misfitOf,
  type SavepointHead,
  type SavepointPlace,
} from './savepoint-head.ts';

/** A file that belongs to a savepoint. */
export type SavedFile = {
  readonly name: string;
  readonly bytes: number;
  /** CRC-32: it is held against damage; who could write the file could write the savepoint too. */
  readonly sum: number;
};

/** Everything of a savepoint but the files that it names. */
export type SavepointContent = {
  readonly head: SavepointHead;
  /** The replica's own (replica/savepoint.ts). */
  readonly state: Uint8Array;
  /** LevelDB's name for its manifest, of which `manifest` is a copy. */
  readonly manifestName: string;
  readonly manifest: SavedFile;
  readonly sieve: SavedFile;
  readonly tables: readonly SavedFile[];
};

/** Of the file; the state has a layout of its own. */
const FORMAT = 3;
const MAGIC = Buffer.from('ALTHSAVE', 'latin1');
const OBSERVER = 0xffff_ffff;
/** The least that a file's entry takes. */
const FILE_BYTES = 11;

/** Ends with the SHA-256 of all before it. */
export function encodeSavepoint(content: SavepointContent): Uint8Array {
  const { head, state } = content;
  const writer = new Writer();
  writer.raw(MAGIC);
  writer.u32(FORMAT);
  writer.name(head.version);
  writer.u32(head.layout);
  writer.digest(head.ledgerId);
  writer.u32(head.lane ?? OBSERVER);
  writer.u32(head.blocks);
  writer.name(head.link);
  writer.name(content.manifestName);
  writeFile(writer, content.manifest);
  writeFile(writer, content.sieve);
  writeList(writer, content.tables, writeFile);
  writer.raw(state);
  return seal(writer.finish());
}

/** The savepoint with these bytes, if it fits this place. The files that it names are not looked at. */
export function openSavepoint(
  bytes: Uint8Array | null,
  place: SavepointPlace,
): Result<SavepointContent, Misfit> {
  const content = bytes === null ? null : decodeSavepoint(bytes);
  if (content === null) return err('damaged');
  const misfit = misfitOf(content.head, place);
  return misfit === null ? ok(content) : err(misfit);
}

/** The files that a savepoint consists of beside its own. */
export function filesOf({ manifest, sieve, tables }: SavepointContent): SavedFile[] {
  return [manifest, sieve, ...tables];
}

export function fileOf(name: string, bytes: Uint8Array): SavedFile {
  return { name, bytes: bytes.length, sum: crc32(bytes) };
}

/** Is the file as it was written? null: it cannot be read. */
export function isIntact(file: SavedFile, found: Uint8Array | null): found is Uint8Array {
  return found !== null && isSame(file, fileOf(file.name, found));
}

export function isSame(a: SavedFile, b: SavedFile): boolean {
  return a.bytes === b.bytes && a.sum === b.sum;
}

/** null: these are not the bytes of a savepoint. */
export function decodeSavepoint(bytes: Uint8Array): SavepointContent | null {
  return decodeSealed(bytes, read);
}

function read(reader: Reader): SavepointContent {
  if (!MAGIC.equals(reader.raw(MAGIC.length)) || reader.u32() !== FORMAT) reader.fail('format');
  const version = nameOf(reader);
  const layout = reader.u32();
  const ledgerId = reader.digest();
  const lane = reader.u32();
  const blocks = reader.u32();
  const link = nameOf(reader);
  return {
    head: { version, layout, ledgerId, lane: lane === OBSERVER ? null : lane, blocks, link },
    manifestName: nameOf(reader),
    manifest: readFile(reader),
    sieve: readFile(reader),
    tables: readList(reader, FILE_BYTES, readFile),
    state: reader.rest(),
  };
}

function writeFile(writer: Writer, { name, bytes, sum }: SavedFile): void {
  writer.name(name);
  writer.u48(bytes);
  writer.u32(sum);
}

function readFile(reader: Reader): SavedFile {
  return { name: nameOf(reader), bytes: reader.u48(), sum: reader.u32() };
}

function nameOf(reader: Reader): string {
  return Buffer.from(reader.raw(reader.u8())).toString('latin1');
}
