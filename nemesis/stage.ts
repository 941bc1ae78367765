import { setTimeout as sleep } from 'node:timers/promises';
import { RestClient } from '../src/client/rest-client.ts';
import { SnapshotClient } from '../src/client/snapshot-client.ts';
import { checkpointDigest } from '../src/codec/checkpoint.ts';
import { decodeEpochLedger } from '../src/codec/snapshot.ts';
import { createPrng } from '../src/std/prng.ts';
import type { TxId } from '../src/types/ids.ts';
import { Clients } from './clients/clients.ts';
import { Load, type LoadOptions } from './clients/load.ts';
import { patiently } from './clients/patience.ts';
import type { Recorder } from './clients/recorder.ts';
import type { Fleet } from './cluster/fleet.ts';
import type { LedgerFact } from './history/history.ts';

/** Generous: the machine may stop for minutes, and whoever is done sooner waits for nothing. */
const SETTLE_MS = 300_000;
const BEAT_MS = 100;

/** A fleet with clients at work, and a record of everything that they ask and are told. */
export class Stage {
  readonly load: Load;
  readonly #fleet: Fleet;
  readonly #clients: Clients;

  private constructor(fleet: Fleet, clients: Clients, load: Load) {
    this.#fleet = fleet;
    this.#clients = clients;
    this.load = load;
  }

  /** The fleet is up. `file` null: the history is kept in memory only. */
  static async open(
    fleet: Fleet,
    options: LoadOptions,
    seed: number,
    file: string | null,
  ): Promise<Stage> {
    const random = createPrng(`load ${seed}`);
    const clients = await Clients.open(fleet, random.fork('accounts'), file);
    const load = new Load(clients.accounts, clients.all, options, random.fork('load'));
    return new Stage(fleet, clients, load);
  }

  get recorder(): Recorder {
    return this.#clients.recorder;
  }

  /**
   * Everything is healed: pursues what is in doubt, probes every validator, waits until all have one
   * ledger, and notes it. Returns how many transactions were still in doubt.
   */
  async settle(settleMs = SETTLE_MS): Promise<number> {
    const left = await this.load.stop(settleMs);
    const late = sleep(settleMs, 'late' as const, { ref: false });
    const probed = this.load.probe().then(() => 'probed' as const);
    if ((await Promise.race([probed, late])) === 'probed') await this.#untilCheckpointed(settleMs);
    await this.#readAll();
    await this.#collect();
    return left;
  }

  async close(): Promise<void> {
    await this.#clients.close();
  }

  /** Until every validator has an outcome in a ledger for what was admitted, or time is up. */
  async #untilCheckpointed(settleMs: number): Promise<void> {
    const untilMs = performance.now() + settleMs;
    const wanted = [...new Set(this.load.finals.map(({ txid }) => txid))];
    for (const { lane, place } of this.#fleet.validators) {
      if (!this.#fleet.validator(lane).isUp) continue;
      const client = new RestClient(place.rest);
      let open: readonly TxId[] = wanted;
      while (open.length > 0 && performance.now() < untilMs) {
        open = await stillOpen(client, open);
        if (open.length > 0) await sleep(BEAT_MS);
      }
      await client.close();
    }
  }

  /** Every balance at every validator, a last time. */
  async #readAll(): Promise<void> {
    for (const client of this.#clients.all) {
      if (!this.#fleet.validator(client.lane).isUp) continue;
      for (const lock of this.#clients.accounts.locks) {
        await client.balance(`auditor-${client.lane}`, lock, null);
      }
    }
  }

  async #collect(): Promise<void> {
    const up = this.#fleet.validators.filter(({ isUp }) => isUp);
    const latest = await Promise.all(
      up.map(async ({ place }) => {
        const client = new RestClient(place.rest);
        const { epochs } = await patiently(() => client.status());
        await client.close();
        return epochs.applied;
      }),
    );
    const last = Math.max(0, ...latest);
    for (const { lane, place } of up) {
      const client = new SnapshotClient(place.rest);
      for (let epoch = 1; epoch <= last; epoch += 1) {
        const ledger = await ledgerOf(client, lane, epoch);
        if (ledger !== null) this.recorder.note({ line: 'ledger', ledger });
      }
      await client.close();
    }
  }
}

const QUERY_MAX = 500;

/** Those of the transactions that no ledger there has yet. */
async function stillOpen(client: RestClient, txids: readonly TxId[]): Promise<readonly TxId[]> {
  const open: TxId[] = [];
  for (let from = 0; from < txids.length; from += QUERY_MAX) {
    const page = txids.slice(from, from + QUERY_MAX);
    const states = await client.transactions(page).catch(() => null);
    if (states === null) open.push(...page);
    else open.push(...states.filter(({ state }) => !isSettled(state)).map(({ txid }) => txid));
  }
  return open;
}

function isSettled(state: string): boolean {
  return state === 'checkpointed' || state === 'rejected';
}

/** null: the validator does not have it within the time allowed. */
async function ledgerOf(
  client: SnapshotClient,
  validator: number,
  epoch: number,
): Promise<LedgerFact | null> {
  const untilMs = performance.now() + SETTLE_MS;
  let bytes = await patiently(() => client.ledger(epoch));
  while (bytes === null && performance.now() < untilMs) {
    await sleep(BEAT_MS);
    bytes = await patiently(() => client.ledger(epoch));
  }
  if (bytes === null || bytes === 'pruned') return null;
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
    ...{ validator, epoch, accepted, rejected },
    checkpoint: checkpointDigest(checkpoint),
    stateRoot: checkpoint.stateRoot,
  };
}
