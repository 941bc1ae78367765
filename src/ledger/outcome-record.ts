import { readList, writeList } from '../codec/list.ts';
import { readOutcome, writeOutcome } from '../codec/outcome.ts';
import { decodeStored } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import type { Outcome } from '../types/ledger.ts';

/** The least that an outcome takes. */
const OUTCOME_BYTES = 33;

/** The ledger of an epoch as the store keeps it, in its order. */
export function encodeOutcomes(outcomes: readonly Outcome[]): Uint8Array {
  const writer = new Writer();
  writeList(writer, outcomes, writeOutcome);
  return writer.finish();
}

export function decodeOutcomes(bytes: Uint8Array): Outcome[] {
  return decodeStored(bytes, (reader) => readList(reader, OUTCOME_BYTES, readOutcome));
}
