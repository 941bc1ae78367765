import { listRootInSlices, proveList } from '../codec/merkle-list.ts';
import { taggedHash } from '../crypto/hash.ts';
import { hexToBytes } from '../crypto/native-bytes.ts';
import { Slice, type Sliced } from '../std/slices.ts';
import type { Digest, TxId } from '../types/ids.ts';
import type { Outcome, RejectReason } from '../types/ledger.ts';
import type { ListProof } from '../types/proof.ts';

/** Hex digits of a txid by which outcomes are split before they are sorted, so that no part is large. */
const PART_DIGITS = 2;
const PARTS = 16 ** PART_DIGITS;

/** What a transaction's leaf says became of it; never renumbered. */
const ACCEPTED = Uint8Array.of(0);
const REJECTED: Readonly<Record<RejectReason, Uint8Array>> = {
  'input-spent': Uint8Array.of(1),
  'parent-rejected': Uint8Array.of(2),
  'stale-input': Uint8Array.of(3),
};

/** txid, 0; or txid, the reason's number, winner. */
export function outcomeLeaf(outcome: Outcome): Digest {
  const txid = hexToBytes(outcome.txid);
  if (outcome.accepted) return taggedHash('outcome', txid, ACCEPTED);
  return taggedHash('outcome', txid, REJECTED[outcome.reason], hexToBytes(outcome.winner));
}

/** The outcomes of an epoch in the order of its txRoot: by txid. */
export function* sortOutcomes(outcomes: Iterable<Outcome>): Sliced<Outcome[]> {
  const slice = new Slice();
  const parts = Array.from({ length: PARTS }, (): Outcome[] => []);
  for (const outcome of outcomes) {
    parts[Number.parseInt(outcome.txid.slice(0, PART_DIGITS), 16)]?.push(outcome);
    if (slice.isFull(1)) yield;
  }
  const sorted: Outcome[] = [];
  for (const part of parts) {
    sorted.push(...part.sort((a, b) => (a.txid < b.txid ? -1 : 1)));
    if (slice.isFull(part.length)) yield;
  }
  return sorted;
}

/** txRoot of a checkpoint, of sorted outcomes. */
export function* outcomeRoot(sorted: readonly Outcome[]): Sliced<Digest> {
  const slice = new Slice();
  const leaves: Digest[] = [];
  for (const outcome of sorted) {
    leaves.push(outcomeLeaf(outcome));
    if (slice.isFull(1)) yield;
  }
  return yield* listRootInSlices(leaves);
}

/** Undefined when the epoch gave the transaction no outcome. */
export function proveOutcome(sorted: readonly Outcome[], txid: TxId): ListProof | undefined {
  const index = sorted.findIndex((outcome) => outcome.txid === txid);
  return index < 0 ? undefined : proveList(sorted.map(outcomeLeaf), index);
}
