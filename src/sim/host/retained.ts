import { checkpointDigest, decodeCertificate } from '../../codec/checkpoint.ts';
import { decodeSnapshotPage } from '../../codec/snapshot.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import {
  type Edge,
  forgottenKeys,
  forgottenPrefixes,
  isForgotten,
  LOOKED_THROUGH,
} from '../../replica/generations/forgotten.ts';
import type { Void } from '../../replica/generations/leftovers.ts';
import type { Start } from '../../replica/generations/start.ts';
import { shapeTransaction, trust } from '../../replica/ingress.ts';
import { certificateKey } from '../../replica/outcomes/epoch-keys.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Beginning, StopInstallation } from '../../replica/state-sync/beginning.ts';
import { SnapshotPage } from '../../replica/state-sync/snapshot.ts';
import type { Result } from '../../std/result.ts';
import type { MemoryStore } from '../../storage/memory-store.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import { mockVerifier } from '../world/mock-signatures.ts';
import type { Stage } from '../world/stage.ts';
import type { Disk, KeptStop } from './disk.ts';

const ENTRIES_MAX = 1_000_000;
/** Few, so that a state has several pages. */
const PAGE_ENTRIES = 8;

export type StatePage = { readonly bytes: Uint8Array; readonly next: TxId | null };

/** What a host needs of its machine to drop generations, and to serve who comes too late. */
export type Retained = {
  readonly generation: number;
  /** Epochs whose ledgers are dropped. */
  readonly dropped: Epoch;
  readonly withoutOutcome: readonly Void[];
  keepFrom(kept: number): Pick<Beginning, 'start' | 'left'> | null;
  drop(to: Edge): void;
  certificate(epoch: Epoch): Certificate | undefined;
  page(epoch: Epoch, after: TxId | null): StatePage;
};

export function createRetained(replica: Replica, store: MemoryStore): Retained {
  return {
    get generation() {
      return replica.generation;
    },
    get dropped() {
      return replica.progress().dropped;
    },
    get withoutOutcome() {
      return replica.withoutOutcome;
    },
    keepFrom: (kept) => replica.keepFrom(kept),
    drop(to) {
      const from = { generation: replica.oldest, epoch: replica.progress().dropped };
      replica.drop(to.generation);
      for (const prefix of forgottenPrefixes(from, to)) {
        for (const { key } of store.list(prefix, { limit: ENTRIES_MAX })) store.delete(key);
      }
      for (const key of forgottenKeys(from, to)) store.delete(key);
      for (const table of LOOKED_THROUGH) {
        for (const entry of store.list(table, { limit: ENTRIES_MAX })) {
          if (isForgotten(entry, to)) store.delete(entry.key);
        }
      }
    },
    certificate: (epoch) => replica.certificate(epoch),
    page(epoch, after) {
      const page = new SnapshotPage(epoch);
      const behind = after === null ? {} : { after: COIN_TABLE + after };
      const entries = store.list(COIN_TABLE, { limit: PAGE_ENTRIES, ...behind });
      for (const entry of entries) page.add(entry);
      return { bytes: page.encode(), next: entries.length < PAGE_ENTRIES ? null : page.last };
    },
  };
}

/** All pages of a state. */
export function pagesOf(retained: Retained, epoch: Epoch): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let after: TxId | null = null; ; ) {
    const { bytes, next }: StatePage = retained.page(epoch, after);
    pages.push(bytes);
    if (next === null) return pages;
    after = next;
  }
}

/** Puts what the disk begins with into an empty store; null: it begins with genesis. Throws where it does not fit. */
export function beginOn(store: MemoryStore, disk: Disk, stage: Stage): Beginning | null {
  if (disk.stop === null) {
    if (disk.dropped > 0) throw new Error('journal: its beginning is gone');
    return null;
  }
  const { state, pages } = disk.stop;
  if (disk.linkLater(state.records)() !== state.link) throw new Error('journal: another one');
  const { genesis, ledgerId, committee } = stage;
  const parts = { store, genesis, trust: { ledgerId, committee, verifier: mockVerifier } };
  const installation = demand(
    StopInstallation.begin(parts, demand(decodeCertificate(state.certificate))),
  );
  for (const page of pages) demand(installation.add(demand(decodeSnapshotPage(page))));
  const left = state.left.map(({ bytes, own }) => {
    const shaped = shapeTransaction(bytes, ledgerId);
    if (!shaped.ok) throw new Error(`stop state: ${shaped.error.detail}`);
    return { tx: trust(shaped.value), own };
  });
  const finished = installation.finish(state.records);
  const isTrusted = !finished.ok && stage.scenario.hostDefect === 'state-of-another-epoch';
  const start = isTrusted ? trusted(store, disk.stop) : demand(finished);
  return { start, left, nowMs: 0 };
}

/** What a host with that defect takes for right. */
function trusted(store: MemoryStore, { state }: KeptStop): Start {
  const certificate = demand(decodeCertificate(state.certificate));
  const { epoch, timeMs } = certificate.checkpoint;
  store.put(certificateKey(epoch), state.certificate);
  const { generation, records: journalled } = state;
  const digest = checkpointDigest(certificate.checkpoint);
  return { generation, epoch, digest, timeMs, feesCarried: 0n, journalled };
}

function demand<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new Error(`stop state: ${result.error}`);
}
