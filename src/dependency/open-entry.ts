import { readOutcome, writeOutcome } from '../codec/outcome.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { Entry } from '../types/entry.ts';
import type { TxId } from '../types/ids.ts';
import { readCopies, writeCopies } from './entry-record.ts';

/** The least that an entry takes. */
export const TXID_BYTES = 32;

const PATHS = [null, 'clean', 'contested'] as const;

/** An entry without an outcome in the ledger, as a savepoint has it: only those with one are in the store. */
export function writeOpenEntry(writer: Writer, entry: Entry): void {
  writer.digest(entry.txid);
  writeCopies(writer, entry.copies);
  writer.u32(entry.cutEpoch);
  writer.u8(PATHS.indexOf(entry.path));
  writer.u8(entry.early === null ? 0 : 1);
  if (entry.early !== null) writeOutcome(writer, entry.early);
}

/** Without the transaction, which its copies show, and the local time. Tracked is who is tracked again. */
export function readOpenEntry(reader: Reader): Omit<Entry, 'tx' | 'seenMs'> {
  const txid = reader.digest() as string as TxId;
  const copies = readCopies(reader);
  const cutEpoch = reader.u32();
  const path = PATHS[reader.u8()];
  if (path === undefined) return reader.fail('unknown path');
  const early = reader.u8() === 0 ? null : readOutcome(reader);
  return { txid, copies, tracking: null, early, path, cutEpoch, ledger: null };
}
