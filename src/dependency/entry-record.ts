import { decode, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { assert, defined } from '../std/assert.ts';
import type { Copy, Entry } from '../types/entry.ts';
import type { TxId } from '../types/ids.ts';
import type { Outcome, RejectReason } from '../types/ledger.ts';

const REASONS: readonly RejectReason[] = ['input-spent', 'parent-rejected', 'stale-input'];
const CONTESTED = 128;

/** An entry that has its outcome in the ledger, as the store keeps it. */
export function encodeEntry(entry: Entry): Uint8Array {
  const { outcome, epoch } = defined(entry.ledger, 'only settled entries are stored');
  const writer = new Writer(64);
  const code = outcome.accepted ? 0 : 1 + REASONS.indexOf(outcome.reason);
  writer.u8(code + (entry.path === 'contested' ? CONTESTED : 0));
  if (!outcome.accepted) writer.digest(outcome.winner);
  writer.u32(epoch);
  writer.u32(entry.cutEpoch);
  writer.u16(entry.copies.length);
  for (const copy of entry.copies) {
    writer.u32(copy.block);
    writer.u16(copy.index);
  }
  return writer.finish();
}

export function decodeEntry(txid: TxId, bytes: Uint8Array): Entry {
  const decoded = decode(bytes, (reader) => readEntry(txid, reader));
  assert(decoded.ok, 'the store returns what was put');
  return decoded.value;
}

function readEntry(txid: TxId, reader: Reader): Entry {
  const head = reader.u8();
  const outcome = readOutcome(txid, head % CONTESTED, reader);
  const epoch = reader.u32();
  const cutEpoch = reader.u32();
  const copies: Copy[] = Array.from({ length: reader.u16() }, () => ({
    block: reader.u32(),
    index: reader.u16(),
  }));
  const path = head >= CONTESTED ? 'contested' : 'clean';
  const ledger = { outcome, epoch };
  return { txid, tx: null, copies, seenMs: 0, tracking: null, early: null, path, cutEpoch, ledger };
}

function readOutcome(txid: TxId, code: number, reader: Reader): Outcome {
  if (code === 0) return { txid, accepted: true };
  const reason = defined(REASONS[code - 1], 'a known reason');
  return { txid, accepted: false, reason, winner: reader.digest() as string as TxId };
}
