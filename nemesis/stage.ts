import { setTimeout as sleep } from 'node:timers/promises';
import { createPrng } from '../src/std/prng.ts';
import { Clients } from './clients/clients.ts';
import { Load, type LoadOptions } from './clients/load.ts';
import type { Recorder } from './clients/recorder.ts';
import type { Fleet } from './cluster/fleet.ts';
import { Ledgers } from './ledgers.ts';

/** Generous: the machine may stop for minutes, and whoever is done sooner waits for nothing. */
const SETTLE_MS = 300_000;

/** A fleet with clients at work, and a record of everything that they ask and are told. */
export class Stage {
  readonly load: Load;
  readonly #fleet: Fleet;
  readonly #clients: Clients;
  readonly #ledgers: Ledgers;

  private constructor(fleet: Fleet, clients: Clients, load: Load) {
    this.#fleet = fleet;
    this.#clients = clients;
    this.load = load;
    this.#ledgers = new Ledgers(fleet, clients.recorder);
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

  /** Of a fleet that drops ledgers: they are fetched before. */
  watchLedgers(): void {
    this.#ledgers.watch();
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
    await Promise.race([probed, late]);
    const finals = this.load.finals.map(({ txid }) => txid);
    await this.#ledgers.fetchUntil(finals, performance.now() + settleMs);
    await this.#readAll();
    await this.#ledgers.fetchRest(performance.now() + settleMs);
    return left;
  }

  async close(): Promise<void> {
    await this.#clients.close();
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
}
