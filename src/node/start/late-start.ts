import type { Outbound, PeerId } from '../../replica/effects.ts';
import type { Void } from '../../replica/generations/leftovers.ts';
import {
  type LateAction,
  Latecomer,
  type LatecomerParts,
} from '../../replica/state-sync/latecomer.ts';
import { leftTransactions } from '../../storage/stop-file.ts';
import type { StopFolder, StopWriter } from '../../storage/stop-folder.ts';
import type { LaneId, LedgerId } from '../../types/ids.ts';
import type { PeerMessage } from '../../types/message.ts';
import type { Log } from '../log/logger.ts';

export type LateStartParts = Omit<LatecomerParts, 'current'> & {
  readonly replica: { readonly generation: number; readonly withoutOutcome: readonly Void[] };
  readonly journal: {
    readonly lastOrdinal: number;
    link(count: number): string;
    append(records: readonly Uint8Array[]): Promise<void>;
  };
  readonly stops: StopFolder;
  readonly ledgerId: LedgerId;
  readonly lane: LaneId | null;
  readonly now: () => number;
  readonly send: (outbound: Outbound) => void;
  /** Nothing is stepped any more, and all of it is durable, when it resolves. */
  readonly stop: () => Promise<void>;
  /** The folder begins elsewhere now: the node is to start again. */
  readonly again: () => void;
  readonly failed: (cause: unknown) => void;
  readonly log: Log;
};

/**
 * Takes up the state of a stop checkpoint where all that a validator still has was dropped by the others: writes
 * it into the own folder as what everything begins with, and has the node start again from there. One thing is
 * done after the other, so that no page waits in memory for the disk.
 */
export class LateStart {
  readonly #parts: LateStartParts;
  readonly #latecomer: Latecomer;
  readonly #beat: NodeJS.Timeout;
  #writer: StopWriter | null = null;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: LateStartParts) {
    this.#parts = parts;
    this.#latecomer = new Latecomer({ ...parts, current: () => parts.replica.generation });
    this.#beat = setInterval(
      () => void this.#then(() => this.#latecomer.tick(parts.now())),
      parts.patienceMs,
    );
    this.#beat.unref();
  }

  /** Resolves when it is dealt with: what comes meanwhile of whoever sent it should wait outside. */
  message(from: PeerId, message: Extract<PeerMessage, { kind: 'gone' | 'page' }>): Promise<void> {
    return this.#then(() => this.#latecomer.message(from, message, this.#parts.now()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#beat);
    await this.#work;
    await this.#writer?.abandon();
    this.#writer = null;
  }

  #then(next: () => readonly LateAction[]): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#isClosed) return;
      try {
        for (const action of next()) await this.#do(action);
      } catch (cause) {
        this.#parts.failed(cause);
      }
    });
    return this.#work;
  }

  async #do(action: LateAction): Promise<void> {
    const { stops, send, log } = this.#parts;
    switch (action.kind) {
      case 'send':
        return send(action.outbound);
      case 'begin':
        await this.#writer?.abandon();
        log.warn({ generation: action.generation }, 'away for too long: taking up a later state');
        this.#writer = await stops.writer(action.generation);
        return;
      case 'page':
        return this.#writer?.add(action.bytes);
      case 'finish':
        return this.#finish(action);
    }
  }

  /** The journal goes on behind what it has: none of that is of the generation. */
  async #finish({ generation, certificate }: Extract<LateAction, { kind: 'finish' }>) {
    const { replica, journal, ledgerId, lane, stop, again, log } = this.#parts;
    await stop();
    if (replica.generation >= generation) {
      // Own blocks of it may be signed: beginning it anew would sign them once more, and take back what was told.
      log.warn({ generation }, 'got there by itself meanwhile: the state is not taken up');
      await this.#writer?.abandon();
      this.#writer = null;
      again();
      return;
    }
    const left = leftTransactions(replica.withoutOutcome);
    await journal.append([]);
    const records = journal.lastOrdinal;
    const link = journal.link(records);
    await this.#writer?.finish({ ledgerId, lane, generation, records, link, certificate, left });
    this.#writer = null;
    again();
  }
}
