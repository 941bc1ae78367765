import { checkpointDigest } from '../codec/checkpoint.ts';
import { checkpointToJson } from '../codec/proof-json.ts';
import type { ReplicaView, TxStatus } from '../replica/view.ts';
import { type Problem, problem } from '../types/errors.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Checkpoint } from '../types/ledger.ts';
import type { StatusBody } from './schemas.ts';

/** Core values as JSON, where codec/proof-json does not have them already. */

export function statusBody(txid: TxId, status: TxStatus): StatusBody {
  const { state } = status;
  switch (state) {
    case 'unknown': {
      const why = unknownOf(status.dropped ?? 0);
      return why.code === 'pruned' ? { txid, state, ...why } : { txid, state };
    }
    case 'pending':
      return { txid, state };
    case 'admitted':
      return { txid, state, rivals: [...status.rivals] };
    case 'final':
      return { txid, state, path: status.path };
    case 'checkpointed':
      return { txid, state, epoch: status.epoch };
    case 'rejected':
      return { txid, state, reason: status.reason, winner: status.winner, epoch: status.epoch };
    case 'dropped':
      return { txid, state, ...status.problem, ...winnerOf(status) };
  }
}

/** What stands against a transaction that was given up, if anything does. */
export function winnerOf({ winner }: { readonly winner: TxId | null }): { winner?: TxId } {
  return winner === null ? {} : { winner };
}

/** Why a transaction is not known here. `dropped`: epochs whose ledgers are gone. */
export function unknownOf(dropped: Epoch): Problem {
  if (dropped === 0) return problem('not-found', 'This node has not seen the transaction.');
  return problem('pruned', `Not known here; ${goneUpTo(dropped)}, and it may be in one of these.`);
}

/** Of an epoch that is dropped. */
export function prunedEpoch(dropped: Epoch): Problem {
  return problem('pruned', `At this node ${goneUpTo(dropped)}; ask one that keeps more.`);
}

/** Of an epoch that a later stop checkpoint stands for (PROTOCOL.md rule 9.7): here it never has a certificate. */
export function restingEpoch(epoch: Epoch): Problem {
  const rests = `Epoch ${epoch} has no certificate of its own at this node, but rests on a later one`;
  return problem('pruned', `${rests}; another node may have it.`);
}

function goneUpTo(dropped: Epoch): string {
  return `the ledgers up to epoch ${dropped} are dropped`;
}

/** A checkpoint with the digest that its signatures sign. */
export function checkpointBody(checkpoint: Checkpoint) {
  return { digest: checkpointDigest(checkpoint), ...checkpointToJson(checkpoint) };
}

/** What answers about balances and outputs hold as of. */
export function asOf(view: ReplicaView, epoch: number) {
  const certificate = view.certificate(epoch);
  return {
    epoch,
    checkpoint: certificate === undefined ? null : checkpointDigest(certificate.checkpoint),
  };
}
