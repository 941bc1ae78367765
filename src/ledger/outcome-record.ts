import { readOutcome, writeOutcome } from '../codec/outcome.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { assert } from '../std/assert.ts';
import type { Outcome } from '../types/ledger.ts';

/** The ledger of an epoch as the store keeps it, in its order. */
export function encodeOutcomes(outcomes: readonly Outcome[]): Uint8Array {
  const writer = new Writer(40 * outcomes.length + 4);
  writer.u32(outcomes.length);
  for (const outcome of outcomes) writeOutcome(writer, outcome);
  return writer.finish();
}

export function decodeOutcomes(bytes: Uint8Array): Outcome[] {
  const decoded = decode(bytes, (reader) =>
    Array.from({ length: reader.u32() }, () => readOutcome(reader)),
  );
  assert(decoded.ok, 'the store returns what was put');
  return decoded.value;
}
