import { checkpointDigest } from '../codec/checkpoint.ts';
import { checkpointToJson } from '../codec/proof-json.ts';
import type { ReplicaView, TxStatus } from '../replica/view.ts';
import type { TxId } from '../types/ids.ts';
import type { Checkpoint } from '../types/ledger.ts';
import type { StatusBody } from './schemas.ts';

/** Core values as JSON, where codec/proof-json does not have them already. */

export function statusBody(txid: TxId, status: TxStatus): StatusBody {
  const { state } = status;
  switch (state) {
    case 'unknown':
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
      return { txid, state, code: status.problem.code, detail: status.problem.detail };
  }
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
