import { setTimeout as sleep } from 'node:timers/promises';
import { RestClient } from '../src/client/rest-client.ts';
import { SnapshotClient } from '../src/client/snapshot-client.ts';
import { checkpointDigest } from '../src/codec/checkpoint.ts';
import { decodeEpochLedger } from '../src/codec/snapshot.ts';
import type { Epoch, LaneId, TxId } from '../src/types/ids.ts';
import { patiently } from './clients/patience.ts';
import type { Recorder } from './clients/recorder.ts';
import type { Fleet } from './cluster/fleet.ts';
import type { LedgerFact } from './history/history.ts';

const BEAT_MS = 100;

/** What was fetched from one validator: each epoch up to `next`, or it had dropped it. */
type Shelf = { next: Epoch; dropped: Epoch; readonly txids: Set<TxId> };

/** The ledgers of a fleet, fetched from every validator and written down, each once. */
export class Ledgers {
  readonly #fleet: Fleet;
  readonly #recorder: Recorder;
  readonly #shelves = new Map<LaneId, Shelf>();
  /** Where any validator has a transaction. */
  readonly #epochOf = new Map<TxId, Epoch>();
  #watch: Promise<void> | null = null;
  #isWatching = false;

  constructor(fleet: Fleet, recorder: Recorder) {
    this.#fleet = fleet;
    this.#recorder = recorder;
    for (const { lane } of fleet.validators) {
      this.#shelves.set(lane, { next: 1, dropped: 0, txids: new Set() });
    }
  }

  /** Fetches from now on what there is, before it is dropped. */
  watch(): void {
    this.#isWatching = true;
    this.#watch = this.#beat();
  }

  /** Until every validator that is up has outcomes for these, or time is up. */
  async fetchUntil(wanted: readonly TxId[], untilMs: number): Promise<void> {
    this.#isWatching = false;
    await this.#watch;
    while (performance.now() < untilMs && (await this.#isOpen(wanted))) await sleep(BEAT_MS);
  }

  /** Of every validator that is up all epochs that one has, as far as they come in time. */
  async fetchRest(untilMs: number): Promise<void> {
    const last = await this.#lastEpoch();
    const isBehind = () => this.#up().some(([, { next }]) => next <= last);
    for (; performance.now() < untilMs && isBehind(); await sleep(BEAT_MS)) await this.#fetch();
    for (const [validator, { dropped }] of this.#shelves) {
      if (dropped > 0) this.#recorder.note({ line: 'dropped', dropped: { validator, dropped } });
    }
  }

  async #beat(): Promise<void> {
    for (; this.#isWatching; await sleep(BEAT_MS)) await this.#fetch();
  }

  async #isOpen(wanted: readonly TxId[]): Promise<boolean> {
    await this.#fetch();
    return this.#up().some(([, shelf]) => wanted.some((txid) => !this.#has(shelf, txid)));
  }

  #has({ txids, dropped }: Shelf, txid: TxId): boolean {
    return txids.has(txid) || (this.#epochOf.get(txid) ?? dropped + 1) <= dropped;
  }

  #up(): (readonly [LaneId, Shelf])[] {
    return [...this.#shelves].filter(([lane]) => this.#fleet.validator(lane).isUp);
  }

  async #lastEpoch(): Promise<Epoch> {
    const applied = this.#up().map(async ([lane]) => {
      const client = new RestClient(this.#fleet.validator(lane).place.rest);
      const { epochs } = await patiently(() => client.status());
      await client.close();
      return epochs.applied;
    });
    return Math.max(0, ...(await Promise.all(applied)));
  }

  /** All that is there now; of who gives no answer, the next time. */
  async #fetch(): Promise<void> {
    for (const [lane, shelf] of this.#up()) {
      const client = new SnapshotClient(this.#fleet.validator(lane).place.rest);
      while (await this.#next(client, lane, shelf));
      await client.close();
    }
  }

  async #next(client: SnapshotClient, lane: LaneId, shelf: Shelf): Promise<boolean> {
    const bytes = await client.ledger(shelf.next).catch(() => null);
    if (bytes === null) return false;
    if (bytes === 'pruned') shelf.dropped = shelf.next;
    else this.#take(ledgerFact(lane, shelf.next, bytes), shelf);
    shelf.next += 1;
    return true;
  }

  #take(ledger: LedgerFact, { txids }: Shelf): void {
    const { epoch, accepted, rejected } = ledger;
    this.#recorder.note({ line: 'ledger', ledger });
    for (const txid of [...accepted, ...rejected.map((one) => one.txid)]) {
      txids.add(txid);
      this.#epochOf.set(txid, epoch);
    }
  }
}

function ledgerFact(validator: LaneId, epoch: Epoch, bytes: Uint8Array): LedgerFact {
  const ledger = decodeEpochLedger(bytes);
  if (!ledger.ok) throw new Error(`the ledger of epoch ${epoch} at ${validator}: ${ledger.error}`);
  const { certificate, outcomes } = ledger.value;
  const accepted: TxId[] = [];
  const rejected: { txid: TxId; winner: TxId | null }[] = [];
  for (const outcome of outcomes) {
    if (outcome.accepted) accepted.push(outcome.txid);
    else rejected.push({ txid: outcome.txid, winner: outcome.winner ?? null });
  }
  const { checkpoint } = certificate;
  return {
    validator,
    epoch,
    accepted,
    rejected,
    checkpoint: checkpointDigest(checkpoint),
    stateRoot: checkpoint.stateRoot,
  };
}
