import type { TxId } from '../types/ids.ts';
import type { Outcome, RejectReason } from '../types/ledger.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const ACCEPTED = 0;
/** Encoded as 1 + place, in leaves of a txRoot too; never reordered. */
export const REJECT_REASONS: readonly RejectReason[] = [
  'input-spent',
  'parent-rejected',
  'stale-input',
];

/** 33 bytes, or 65 with the winner of a rejected one. */
export function writeOutcome(writer: Writer, outcome: Outcome): void {
  writer.digest(outcome.txid);
  writer.u8(outcome.accepted ? ACCEPTED : 1 + REJECT_REASONS.indexOf(outcome.reason));
  if (!outcome.accepted) writer.digest(outcome.winner);
}

export function readOutcome(reader: Reader): Outcome {
  const txid = reader.digest() as string as TxId;
  const code = reader.u8();
  if (code === ACCEPTED) return { txid, accepted: true };
  const reason = REJECT_REASONS[code - 1];
  if (reason === undefined) return reader.fail(`outcome ${code}`);
  return { txid, accepted: false, reason, winner: reader.digest() as string as TxId };
}
