import { encodeCertificate } from '../../codec/checkpoint.ts';
import { decodeSnapshotPage } from '../../codec/snapshot.ts';
import { unspentLeaf } from '../../ledger/coins.ts';
import { RecomputedRoot } from '../../ledger/recomputed-root.ts';
import {
  type Edge,
  forgottenKeys,
  forgottenPrefixes,
  isForgotten,
  LOOKED_THROUGH,
} from '../../replica/generations/forgotten.ts';
import type { Beginning } from '../../replica/state-sync/beginning.ts';
import { defined } from '../../std/assert.ts';
import type { LevelStore } from '../../storage/level/level-store.ts';
import { leftTransactions, type StopState } from '../../storage/stop-file.ts';
import type { StopFolder, StopWriter } from '../../storage/stop-folder.ts';
import type { Epoch, LaneId, LedgerId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import { snapshotPages } from '../clients/snapshots.ts';
import type { Log } from '../log/logger.ts';

/** Entries that are looked at between two turns of the event loop. */
const ENTRIES_PER_SCAN = 1000;

export type PrunerParts = {
  readonly replica: {
    readonly oldest: number;
    keepFrom(kept: number): Pick<Beginning, 'start' | 'left'> | null;
    drop(before: number): void;
    certificate(epoch: Epoch): Certificate | undefined;
    progress(): { readonly dropped: Epoch };
  };
  readonly journal: {
    readonly segments: number;
    link(count: number): string;
    append(records: readonly Uint8Array[]): Promise<void>;
    drop(records: number): Promise<number>;
  };
  readonly store: Pick<LevelStore, 'scan' | 'delete' | 'clear'>;
  readonly stops: StopFolder;
  /** With which this start began. */
  readonly stop: StopState | null;
  readonly ledgerId: LedgerId;
  readonly lane: LaneId | null;
  /** Ended generations to be kept; 0: all. */
  readonly kept: number;
  /** Resolves when no step is half done. */
  readonly betweenSteps: () => Promise<void>;
  readonly log: Log;
};

export type PrunerCounts = {
  /** Generations that are gone, in this life and before. */
  readonly generations: number;
  /** By this process. */
  readonly segments: number;
  readonly failed: number;
  /** Of the state with which everything begins. */
  readonly stateBytes: number;
};

/**
 * Drops generations that are over for longer than this validator keeps them (docs/adr/0020), one step after the
 * other, so that whatever a crash leaves is a folder that starts: the state that takes their place is durable
 * first, then the journal's segments go, oldest first, then what the store has of them, then older states.
 */
export class Pruner {
  readonly #parts: PrunerParts;
  #running: Promise<void> | null = null;
  #isTidy: boolean;
  #segments = 0;
  #failed = 0;
  #stateBytes: number;
  #isStopped = false;

  constructor(parts: PrunerParts) {
    this.#parts = parts;
    this.#isTidy = parts.stop === null;
    this.#stateBytes = parts.stop?.pages.bytes ?? 0;
  }

  get counts(): PrunerCounts {
    const { oldest: generations } = this.#parts.replica;
    const [segments, failed, stateBytes] = [this.#segments, this.#failed, this.#stateBytes];
    return { generations, segments, failed, stateBytes };
  }

  /** Between two steps: nothing is half done. */
  look(): void {
    if (this.#running !== null || this.#isStopped) return;
    const { kept, replica } = this.#parts;
    const from = kept === 0 ? null : replica.keepFrom(kept);
    if (this.#isTidy && from === null) return;
    this.#running = this.#run(from).finally(() => {
      this.#running = null;
    });
  }

  /** What is under way is finished first. */
  async close(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(from: Pick<Beginning, 'start' | 'left'> | null): Promise<void> {
    const { log, stop } = this.#parts;
    try {
      // What a crash left of the last time.
      if (!this.#isTidy && stop !== null) await this.#dropFiles(stop);
      this.#isTidy = true;
      if (from !== null) await this.#drop(from);
    } catch (cause) {
      // Nothing is lost by it: what could not be dropped is there.
      this.#failed++;
      this.#isStopped = true;
      log.error({ err: cause }, 'older generations could not be dropped; not tried again');
    }
  }

  async #drop({ start, left }: Pick<Beginning, 'start' | 'left'>): Promise<void> {
    const { replica, stops, journal, ledgerId, lane, log, betweenSteps } = this.#parts;
    const { generation, epoch, journalled: records } = start;
    const certificate = defined(replica.certificate(epoch), 'it is certified');
    const writer = await stops.writer(generation);
    try {
      await this.#writePages(writer, certificate);
      const state = {
        ledgerId,
        lane,
        generation,
        records,
        link: journal.link(records),
        certificate: encodeCertificate(certificate),
        left: leftTransactions(left),
      };
      // It must not be ahead of the journal after a crash.
      await journal.append([]);
      this.#stateBytes = await writer.finish(state);
    } catch (cause) {
      await writer.abandon();
      throw cause;
    }
    const before = { generation: replica.oldest, epoch: replica.progress().dropped };
    await betweenSteps();
    replica.drop(generation);
    await this.#dropFiles({ generation, records });
    await this.#forget(before, { generation, epoch });
    log.info({ generation, epoch, segments: journal.segments }, 'dropped what is older');
  }

  /** Throws where they are not what the certificate says, so that nothing may be dropped for them. */
  async #writePages(writer: StopWriter, { checkpoint }: Certificate): Promise<void> {
    const root = new RecomputedRoot();
    for await (const page of snapshotPages(this.#parts.store, checkpoint.epoch)) {
      const leaves = decodeSnapshotPage(page);
      if (!leaves.ok) throw new Error(leaves.error);
      for (const { txid, acceptedEpoch, unspent } of leaves.value) {
        root.add(txid, unspentLeaf(acceptedEpoch, unspent));
      }
      await writer.add(page);
    }
    if (root.finish() === checkpoint.stateRoot) return;
    throw new Error(`the outputs miss the certified state of epoch ${checkpoint.epoch}`);
  }

  async #dropFiles({ generation, records }: Pick<StopState, 'generation' | 'records'>) {
    const { journal, stops } = this.#parts;
    this.#segments += await journal.drop(records);
    await stops.dropBefore(generation);
  }

  /** The store is made anew by every start: nothing of this need be durable. */
  async #forget(from: Edge, to: Edge): Promise<void> {
    const { store } = this.#parts;
    for (const prefix of forgottenPrefixes(from, to)) await store.clear(prefix);
    for (const key of forgottenKeys(from, to)) store.delete(key);
    for (const table of LOOKED_THROUGH) await this.#lookThrough(table, to);
  }

  async #lookThrough(table: string, to: Edge): Promise<void> {
    const { store } = this.#parts;
    for (let after: string | undefined; ; ) {
      const options = { limit: ENTRIES_PER_SCAN, ...(after === undefined ? {} : { after }) };
      const entries = await store.scan(table, options);
      for (const entry of entries) if (isForgotten(entry, to)) store.delete(entry.key);
      if (entries.length < ENTRIES_PER_SCAN) return;
      after = entries.at(-1)?.key;
    }
  }
}
