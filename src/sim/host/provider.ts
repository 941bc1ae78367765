import {
  decodeEpochLedger,
  decodeSnapshotPage,
  type EpochLedger,
  encodeLedgerParts,
  type SnapshotLeaf,
} from '../../codec/snapshot.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import type { Replica } from '../../replica/replica.ts';
import { SnapshotPage } from '../../replica/state-sync/snapshot.ts';
import { concatBytes } from '../../std/bytes.ts';
import type { Result } from '../../std/result.ts';
import type { MemoryStore } from '../../storage/memory-store.ts';
import type { Epoch } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';

export type Snapshot = {
  readonly certificate: Certificate;
  readonly leaves: readonly SnapshotLeaf[];
};

/** What a validator gives to observers, through the encodings of the wire. null: it has none yet. */
export type SnapshotProvider = {
  newest(): Snapshot | null;
  ledger(epoch: Epoch): EpochLedger | null;
  /** Ledgers up to this epoch are not there any more. */
  readonly dropped: Epoch;
};

const ENTRIES_MAX = 1_000_000;

export function createProvider(replica: Replica, store: MemoryStore): SnapshotProvider {
  return {
    get dropped() {
      return replica.progress().dropped;
    },
    newest() {
      const certificate = replica.certificate(replica.progress().stable);
      if (certificate === undefined) return null;
      const page = new SnapshotPage(certificate.checkpoint.epoch);
      for (const entry of store.list(COIN_TABLE, { limit: ENTRIES_MAX })) page.add(entry);
      return { certificate, leaves: unwrap(decodeSnapshotPage(page.encode())) };
    },
    ledger(epoch) {
      const stored = replica.ledger(epoch);
      if (stored === undefined) return null;
      return unwrap(decodeEpochLedger(concatBytes(...encodeLedgerParts(stored))));
    },
  };
}

/** What cannot be read, whatever the guard does then, is not there. */
export function guarded(
  provider: SnapshotProvider,
  guard: <T>(read: () => T) => T | null,
): SnapshotProvider {
  return {
    dropped: provider.dropped,
    newest: () => guard(() => provider.newest()),
    ledger: (epoch) => guard(() => provider.ledger(epoch)),
  };
}

function unwrap<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new Error(`a validator's own encoding: ${result.error}`);
}
