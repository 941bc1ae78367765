import type { EpochLedger, SnapshotLeaf } from '../../codec/snapshot.ts';
import type { Prng } from '../../std/prng.ts';
import type { Lock } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import type { Snapshot } from '../host/provider.ts';

const SOMEBODY = `01${'ab'.repeat(32)}` as Lock;

/** The same with one thing wrong, whatever it is. */
export function lieAboutState(honest: Snapshot, prng: Prng): Snapshot {
  const { certificate, leaves } = honest;
  const at = prng.below(leaves.length);
  const leaf = leaves[at]!;
  const put = (...instead: SnapshotLeaf[]): Snapshot => ({
    certificate,
    leaves: [...leaves.slice(0, at), ...instead, ...leaves.slice(at + 1)],
  });
  switch (prng.below(5)) {
    case 0:
      return put();
    case 1:
      return put(leaf, leaf);
    case 2:
      return put({
        ...leaf,
        unspent: leaf.unspent.map((one) => ({ ...one, amount: one.amount + 1n })),
      });
    case 3:
      return put({ ...leaf, acceptedEpoch: leaf.acceptedEpoch + 1 });
    default:
      return { leaves, certificate: lieAboutCertificate(certificate, prng) };
  }
}

export function lieAboutLedger(honest: EpochLedger, prng: Prng): EpochLedger {
  const { certificate, outcomes, accepted, fees } = honest;
  const lie = prng.below(4);
  if (lie === 0 && outcomes.length > 0) return { ...honest, outcomes: outcomes.slice(1) };
  if (lie === 1 && accepted.length > 0) {
    return { ...honest, accepted: [new Uint8Array(100), ...accepted.slice(1)] };
  }
  if (lie === 2) return { ...honest, fees: [...fees, { amount: 1n, lock: SOMEBODY }] };
  return { ...honest, certificate: lieAboutCertificate(certificate, prng) };
}

function lieAboutCertificate({ checkpoint, signatures }: Certificate, prng: Prng): Certificate {
  switch (prng.below(3)) {
    case 0:
      return { checkpoint: { ...checkpoint, timeMs: checkpoint.timeMs + 1 }, signatures };
    case 1:
      return { checkpoint, signatures: signatures.slice(0, 1) };
    default:
      return { checkpoint, signatures: signatures.map((one) => ({ ...one, lane: 0 })) };
  }
}
