import { readOutcome, writeOutcome } from '../codec/outcome.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { assert } from '../std/assert.ts';
import type { Outcome } from '../types/ledger.ts';

/** The least that an outcome takes; any number of them that fits may be there. */
const OUTCOME_BYTES = 33;
const MAX_COUNT = 0xffff_ffff;

/** The ledger of an epoch as the store keeps it, in its order. */
export function encodeOutcomes(outcomes: readonly Outcome[]): Uint8Array {
  const writer = new Writer();
  writer.u32(outcomes.length);
  for (const outcome of outcomes) writeOutcome(writer, outcome);
  return writer.finish();
}

export function decodeOutcomes(bytes: Uint8Array): Outcome[] {
  const decoded = decode(bytes, (reader) =>
    // Checked before anything is taken: a count that lies would cost up to 256 MiB.
    Array.from({ length: reader.count(reader.u32(), MAX_COUNT, OUTCOME_BYTES, 'outcomes') }, () =>
      readOutcome(reader),
    ),
  );
  assert(decoded.ok, 'the store returns what was put');
  return decoded.value;
}
