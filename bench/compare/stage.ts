import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadFigures } from '../../src/replay/load/figures.ts';
import { type LoadOptions, runLoad } from '../../src/replay/load/load.ts';
import { Meter, NO_METER } from '../../src/replay/load/meter.ts';
import { NullLink } from '../../src/replay/load/null-link.ts';
import { progressView } from '../../src/replay/progress.ts';
import { readRateFile } from '../../src/replay/rates/rate-format.ts';
import { type RateTrace, sliceRates } from '../../src/replay/rates/rate-trace.ts';
import { AlgorandNetwork, hasGoal } from './algorand-network.ts';
import { AlthingNetwork } from './althing-network.ts';
import { rateFile } from './cells.ts';
import { CRASH_SHARE } from './crash.ts';
import { type Contender, crash, type Network, pause, resume, stop } from './network.ts';
import type { Cell, IdleResult } from './result.ts';

/** The first rounds of a new network are slower. */
const FIRST_ROUNDS = 3;

export type StageOptions = {
  readonly warmUp: LoadOptions['warmUp'];
  readonly drainMs: number;
  readonly drivers: number;
  readonly portBase: number;
  /** Rounds of Algorand before anything is measured without a fault. */
  readonly learnRounds: number;
  readonly note: (line: string) => void;
};

/** Keeps the networks of one comparison, of which one at a time may use the machine. */
export class Stage {
  /** What every system that ran said of its version. */
  readonly versions: Partial<Record<Contender, string>> = {};
  readonly #options: StageOptions;
  readonly #networks = new Map<string, Network>();
  #portsUsed = 0;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Why a system cannot run here; null: it can. */
  static obstacle(system: Contender): string | null {
    if (!system.startsWith('algorand') || hasGoal()) return null;
    return 'not run here: there is no `goal` on the PATH';
  }

  /** One run of one cell; the network goes on afterwards unless a fault was part of it. */
  async run(system: Contender, cell: Cell): Promise<LoadFigures> {
    const { warmUp, drainMs, drivers, note } = this.#options;
    const network = await this.#network(system, cell.validators, cell.fault === 'crash');
    const rates = await ratesOf(cell);
    const view = progressView(process.stderr);
    await resume(network);
    try {
      // Not one of the two, or the last, from which outcomes are read.
      const victim = cell.validators - 2;
      const fault = {
        afterMs: CRASH_SHARE * cell.seconds * 1000,
        act: () => crash(network, victim),
      };
      const { spec, purse, meter } = network;
      const figures = await runLoad({
        spec,
        purse,
        meter,
        rates,
        scale: cell.scale,
        warmUp,
        drainMs,
        drivers,
        arrivals: 'uniform',
        structure: null,
        signal: new AbortController().signal,
        ...(cell.fault === 'crash' ? { fault } : {}),
        onProgress: (progress) => view.update(progress),
      });
      view.stop();
      if (!figures.ok) throw new Error(`${system}: ${figures.error}`);
      const { final, due, latencyMs, invalid } = figures.value;
      const outcome = `${final}/${due} final, p50 ${latencyMs.p50}, p99 ${latencyMs.p99} ms`;
      note(`  ${system}: ${outcome}${invalid ? ' INVALID' : ''}`);
      return figures.value;
    } finally {
      view.stop();
      if (cell.fault === 'crash') await this.#drop(system, cell.validators);
      else pause(network);
    }
  }

  async idle(system: Contender, validators: number, seconds: number): Promise<IdleResult> {
    const network = await this.#network(system, validators, false);
    await resume(network);
    await sleep(2000);
    const meter = new Meter(network.meter);
    const before = await meter.sample();
    await sleep(seconds * 1000);
    const after = await meter.sample();
    pause(network);
    const per = (of: 'cpuMs' | 'bytesSent') => {
      const [from, to] = [before[of], after[of]];
      return from === null || to === null ? null : (to - from) / seconds;
    };
    const cpuMs = per('cpuMs');
    const cpuPercent = cpuMs === null ? null : Math.round(cpuMs * 10) / 100;
    const bytes = per('bytesSent');
    const bytesPerSecond = bytes === null ? null : Math.round(bytes);
    return { system, validators, seconds, cpuPercent, bytesPerSecond };
  }

  async close(): Promise<void> {
    for (const network of this.#networks.values()) await stop(network);
    this.#networks.clear();
  }

  async #drop(system: Contender, validators: number): Promise<void> {
    const key = `${system} ${validators}`;
    const network = this.#networks.get(key);
    if (network !== undefined) await stop(network);
    this.#networks.delete(key);
  }

  /** Started when it is first wanted; the others stand still meanwhile. */
  async #network(system: Contender, validators: number, isShort: boolean): Promise<Network> {
    const key = `${system} ${validators}`;
    const known = this.#networks.get(key);
    if (known !== undefined) return known;
    this.#options.note(`starting ${system}, ${validators} validators`);
    const started = await this.#start(system, validators, isShort);
    this.#networks.set(key, started);
    this.versions[system] = started.version;
    pause(started);
    return started;
  }

  async #start(system: Contender, validators: number, isShort: boolean): Promise<Network> {
    if (system === 'null') return nothing;
    if (system === 'althing') return AlthingNetwork.start(validators, 'default');
    if (system === 'althing-spaced') return AlthingNetwork.start(validators, 'spaced');
    const portBase = this.#options.portBase + 50 * this.#portsUsed++;
    const parameters = system === 'algorand-fast' ? 'fast' : 'stock';
    const rounds = isShort ? FIRST_ROUNDS : this.#options.learnRounds;
    return AlgorandNetwork.start(validators, parameters, portBase, rounds);
  }
}

/** What the driver is measured against. */
const nothing: Network = {
  spec: { system: 'null', urls: [], tokens: [] },
  purse: { system: 'null' },
  meter: NO_METER,
  version: `takes everything at once (${NullLink.name})`,
  answers: async () => undefined,
  stop: async () => undefined,
};

async function ratesOf({ trace, from, seconds }: Cell): Promise<RateTrace> {
  const read = await readRateFile(rateFile(trace));
  if (!read.ok) throw new Error(`${trace}: ${read.error.detail}`);
  return sliceRates(read.value.trace, from, seconds);
}
