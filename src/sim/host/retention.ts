import { encodeCertificate } from '../../codec/checkpoint.ts';
import type { Outbound, PeerId } from '../../replica/effects.ts';
import { type LateAction, Latecomer } from '../../replica/state-sync/latecomer.ts';
import { defined } from '../../std/assert.ts';
import { leftTransactions } from '../../storage/stop-file.ts';
import type { LaneId } from '../../types/ids.ts';
import type { StateMessage } from '../../types/message.ts';
import type { HostDefect } from '../traits.ts';
import { mockVerifier } from '../world/mock-signatures.ts';
import type { Stage } from '../world/stage.ts';
import type { Disk, KeptStop } from './disk.ts';
import type { Opening } from './opening.ts';
import { pagesOf, type Retained } from './retained.ts';

export type RetentionParts = {
  readonly disk: Disk;
  readonly lane: LaneId;
  readonly stage: Stage;
  readonly opening: Opening;
  /** Ended generations that it keeps; 0: all. */
  readonly kept: number;
  readonly defect: HostDefect | null;
  readonly nowMs: () => number;
  /** When the disk has done something, unless the host crashes before. */
  readonly afterDisk: (run: () => void) => void;
  readonly after: (ms: number, run: () => void) => void;
  readonly send: (outbound: Outbound) => void;
  readonly dropped: (generation: number) => void;
  /** Everything begins elsewhere from the next start on, which is to be now. */
  readonly again: () => void;
};

/** An answer is expected within so many beats. */
const PATIENCE_BEATS = 8;

/** When a host drops generations, and how it comes back from beyond what others keep, as the node does it (docs/adr/0020). */
export class Retention {
  readonly #parts: RetentionParts;
  #retained: Retained | null = null;
  #latecomer: Latecomer | null = null;
  #pages: Uint8Array[] = [];
  #isDropping = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** A new life; what a crash left undone is done. */
  started(retained: Retained): void {
    const { stage, disk } = this.#parts;
    const { genesis, ledgerId, committee, scenario } = stage;
    this.#retained = retained;
    this.#isDropping = false;
    this.#pages = [];
    this.#latecomer = new Latecomer({
      genesis,
      trust: { ledgerId, committee, verifier: mockVerifier },
      current: () => retained.generation,
      patienceMs: PATIENCE_BEATS * scenario.policy.resyncMs,
    });
    if (disk.stop !== null) disk.drop(disk.stop.state.records);
  }

  /** Between two steps. */
  look(): void {
    const { kept, disk, defect, afterDisk, lane, stage } = this.#parts;
    if (kept === 0 || this.#isDropping || this.#retained === null) return;
    const from = this.#retained.keepFrom(kept);
    if (from === null) return;
    const { generation, epoch, journalled: records } = from.start;
    this.#isDropping = true;
    const certificate = defined(this.#retained.certificate(epoch), 'it is certified');
    const shown = defect === 'state-of-another-epoch' ? epoch - 1 : epoch;
    const stop: KeptStop = {
      state: {
        ledgerId: stage.ledgerId,
        lane,
        generation,
        records,
        link: disk.linkLater(records)(),
        certificate: encodeCertificate(certificate),
        left: leftTransactions(from.left),
      },
      pages: pagesOf(this.#retained, shown),
    };
    if (defect === 'dropped-before-state') disk.drop(records);
    this.#whenSynced(records, () => {
      disk.stop = stop;
      afterDisk(() => this.#drop(stop, epoch));
    });
  }

  /** False: the message is for the replica. */
  hears(from: PeerId, bytes: Uint8Array): boolean {
    const message = this.#parts.opening.state(bytes);
    if (message === null) return false;
    if (message.kind === 'state') this.#serve(from, message);
    else this.#act(this.#latecomer?.message(from, message, this.#parts.nowMs()) ?? []);
    return true;
  }

  #drop({ state: { generation, records } }: KeptStop, epoch: number): void {
    const { disk, defect, dropped } = this.#parts;
    this.#isDropping = false;
    if (disk.failing) return;
    this.#retained?.drop({ generation, epoch });
    disk.drop(defect === 'dropped-too-far' ? records + 1 : records);
    dropped(generation);
  }

  /** It must not be ahead of the journal after a crash. */
  #whenSynced(records: number, run: () => void): void {
    const { disk, afterDisk } = this.#parts;
    afterDisk(() => {
      if (disk.synced < records || disk.failing) this.#whenSynced(records, run);
      else run();
    });
  }

  #serve(to: PeerId, { epoch, after }: Extract<StateMessage, { kind: 'state' }>): void {
    const retained = this.#retained;
    if (retained === null || retained.certificate(epoch) === undefined) return;
    const page = retained.page(epoch, after);
    this.#parts.send({ to, message: { kind: 'page', epoch, after, ...page } });
  }

  #act(actions: readonly LateAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'send': {
          this.#parts.send(action.outbound);
          const wakeAtMs = this.#latecomer?.wakeAtMs ?? 0;
          const waitMs = Math.max(1, wakeAtMs - this.#parts.nowMs());
          this.#parts.after(waitMs, () =>
            this.#act(this.#latecomer?.tick(this.#parts.nowMs()) ?? []),
          );
          break;
        }
        case 'begin':
          this.#pages = [];
          break;
        case 'page':
          this.#pages.push(action.bytes);
          break;
        case 'finish':
          this.#begin(action);
      }
    }
  }

  #begin({ generation, certificate }: Extract<LateAction, { kind: 'finish' }>): void {
    const { disk, lane, stage, again } = this.#parts;
    const pages = this.#pages;
    const records = disk.length;
    this.#whenSynced(records, () => {
      // It got there by itself meanwhile: what it has said in that generation stands.
      if ((this.#retained?.generation ?? 0) >= generation) return again();
      // What it was given meanwhile is of generations that are over for the others.
      const { length } = disk;
      const link = disk.linkLater(length)();
      const head = { ledgerId: stage.ledgerId, lane, generation, records: length, link };
      if (disk.synced < length) return this.#begin({ kind: 'finish', generation, certificate });
      const left = leftTransactions(this.#retained?.withoutOutcome ?? []);
      disk.stop = { state: { ...head, certificate, left }, pages };
      again();
    });
  }
}
