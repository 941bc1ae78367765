import { readShortList, writeShortList } from '../codec/list.ts';
import { readOutcome, writeOutcome } from '../codec/outcome.ts';
import { decodeStored, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { defined } from '../std/assert.ts';
import type { Copy, Entry } from '../types/entry.ts';
import type { TxId } from '../types/ids.ts';

const CLEAN = 0;
const CONTESTED = 1;
export const COPY_BYTES = 6;

/** An entry that has its outcome in the ledger, as the store keeps it. */
export function encodeEntry(entry: Entry): Uint8Array {
  const { outcome, epoch } = defined(entry.ledger, 'only entries with an outcome are stored');
  const writer = new Writer();
  writeOutcome(writer, outcome);
  writer.u8(entry.path === 'contested' ? CONTESTED : CLEAN);
  writer.u32(epoch);
  writer.u32(entry.cutEpoch);
  writeCopies(writer, entry.copies);
  return writer.finish();
}

export function decodeEntry(txid: TxId, bytes: Uint8Array): Entry {
  return decodeStored(bytes, (reader) => readEntry(txid, reader));
}

function readEntry(txid: TxId, reader: Reader): Entry {
  const outcome = readOutcome(reader);
  const path = reader.u8() === CONTESTED ? 'contested' : 'clean';
  const epoch = reader.u32();
  const cutEpoch = reader.u32();
  const copies = readCopies(reader);
  const ledger = { outcome, epoch };
  return { txid, tx: null, copies, seenMs: 0, tracking: null, early: null, path, cutEpoch, ledger };
}

export function writeCopies(writer: Writer, copies: readonly Copy[]): void {
  writeShortList(writer, copies, writeCopy);
}

export function readCopies(reader: Reader): Copy[] {
  return readShortList(reader, COPY_BYTES, readCopy);
}

export function writeCopy(writer: Writer, { block, index }: Copy): void {
  writer.u32(block);
  writer.u16(index);
}

export function readCopy(reader: Reader): Copy {
  return { block: reader.u32(), index: reader.u16() };
}
