import { checkpointDigest } from '../../codec/checkpoint.ts';
import { fromHex } from '../../codec/hex.ts';
import { listRoot } from '../../codec/merkle-list.ts';
import { taggedHash } from '../../crypto/hash.ts';
import type { Digest, Epoch, LaneId } from '../../types/ids.ts';
import type { Outcome } from '../../types/ledger.ts';
import { activeLanes } from './consensus.ts';
import type { Entry } from './entry.ts';
import type { Ledger, Ledgers } from './ledger.ts';
import type { Model } from './model.ts';
import { stateRootOf } from './state-root.ts';

const REASON_NUMBERS = { 'input-spent': 1, 'parent-rejected': 2, 'stale-input': 3 } as const;

/** Digest of the checkpoint of `epoch` by its definition (PROTOCOL.md rule 6.11), from the cuts up to it. */
export function checkpointDigestOf(
  model: Model,
  ledgers: Ledgers,
  cuts: readonly Entry[],
  epoch: Epoch,
): Digest {
  const { ledgerId, paramsDigest } = model.setting;
  const times = timesOf(model, cuts);
  let digest: Digest = ledgerId;
  for (let closed = 1; closed <= epoch; closed++) {
    const cut = cuts[closed - 1]!;
    const ledger = ledgers.of(cut, closed);
    const acceptedCount = ledger.own.filter((outcome) => outcome.accepted).length;
    digest = checkpointDigest({
      ledgerId,
      committee: 0,
      paramsDigest,
      epoch: closed,
      prev: digest,
      cut: cut.digest,
      txRoot: txRootOf(ledger),
      stateRoot: stateRootOf(ledger.coins),
      acceptedCount,
      rejectedCount: ledger.own.length - acceptedCount,
      timeMs: times[closed - 1]!,
    });
  }
  return digest;
}

/** timeMs of each checkpoint by its definition (PROTOCOL.md rule 6.11). */
export function timesOf(model: Model, cuts: readonly Entry[]): number[] {
  const times: number[] = [];
  for (const [i, cut] of cuts.entries()) {
    const newest = activeLanes(model, cut, cuts[i - 1]).map((lane) => newestMs(model, cut, lane));
    const median = newest.sort((a, b) => a - b)[(newest.length - 1) >> 1] ?? 0;
    const before = times[i - 1] ?? 0;
    times.push(newest.length >= model.setting.quorum && median > before ? median : before + 1);
  }
  return times;
}

/** The latest time that a last block of one of the lane's branches in the cut gives. */
function newestMs(model: Model, cut: Entry, lane: LaneId): number {
  const own = model.entries.filter((entry) => entry.lane === lane && cut.history.has(entry.index));
  return Math.max(...own.map((entry) => entry.block.header.timeMs));
}

/** txRoot by its definition: outcomes sorted by txid, in a Merkle list. */
export function txRootOf(ledger: Ledger): Digest {
  const sorted = [...ledger.own].sort((a, b) => (a.txid < b.txid ? -1 : 1));
  return listRoot(sorted.map(leafOf));
}

function leafOf(outcome: Outcome): Digest {
  const txid = fromHex(outcome.txid)!;
  if (outcome.accepted) return taggedHash('outcome', txid, Uint8Array.of(0));
  const reason = Uint8Array.of(REASON_NUMBERS[outcome.reason]);
  return taggedHash('outcome', txid, reason, fromHex(outcome.winner)!);
}
