import { decode, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { assert, defined } from '../std/assert.ts';
import type { TxId } from '../types/ids.ts';
import type { Outcome, RejectReason } from '../types/ledger.ts';

const REASONS: readonly RejectReason[] = ['input-spent', 'parent-rejected', 'stale-input'];

/** The ledger of an epoch as the store keeps it, in its order. */
export function encodeOutcomes(outcomes: readonly Outcome[]): Uint8Array {
  const writer = new Writer(40 * outcomes.length + 4);
  writer.u32(outcomes.length);
  for (const outcome of outcomes) {
    writer.digest(outcome.txid);
    writer.u8(outcome.accepted ? 0 : 1 + REASONS.indexOf(outcome.reason));
    if (!outcome.accepted) writer.digest(outcome.winner);
  }
  return writer.finish();
}

export function decodeOutcomes(bytes: Uint8Array): Outcome[] {
  const decoded = decode(bytes, (reader) =>
    Array.from({ length: reader.u32() }, () => readOutcome(reader)),
  );
  assert(decoded.ok, 'the store returns what was put');
  return decoded.value;
}

function readOutcome(reader: Reader): Outcome {
  const txid = reader.digest() as string as TxId;
  const code = reader.u8();
  if (code === 0) return { txid, accepted: true };
  const reason = defined(REASONS[code - 1], 'a known reason');
  return { txid, accepted: false, reason, winner: reader.digest() as string as TxId };
}
