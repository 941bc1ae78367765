import { loadavg } from 'node:os';
import { createPrng, type Prng } from '../src/std/prng.ts';
import type { LaneId } from '../src/types/ids.ts';
import { Clients } from './clients/clients.ts';
import { Prober } from './clients/prober.ts';
import type { Fleet } from './cluster/fleet.ts';
import { hasNamespaces, loopback, Namespaces } from './cluster/network.ts';
import { processorOf } from './cluster/processor.ts';
import { hold } from './faults/fault.ts';
import { applyShape, type Shape } from './faults/links.ts';
import { onFleet, type TrialOptions } from './trial.ts';

export type RecoveryOptions = Omit<TrialOptions, 'rate'> & {
  readonly net: number;
  /** Times that each is measured. */
  readonly rounds: number;
  /** How long a partition and an outage last. */
  readonly holdMs: number;
};

export type Recovery = {
  readonly what: string;
  /** From the end of the fault to the first payment sent after it that is final; of each round. */
  readonly ms: readonly number[];
  /** Processor time of all validators in the same while: what is left of it on a machine that is shared. */
  readonly cpuMs: readonly number[];
  readonly limitMs: number;
  readonly loadAverage: number;
};

const LIMIT_MS = 2000;
/** Generous: the machine may stop for minutes. */
const WATCHDOG_MS = 300_000;
/** Long enough before and after for the rhythm of the payments to show. */
const CALM_MS = 2000;
const ACCOUNTS = 40;

type Took = { readonly ms: number; readonly cpuMs: number };

/** Measures how long payments wait after each kind of fault, one after the other on one fleet. */
export async function measureRecovery(options: RecoveryOptions): Promise<readonly Recovery[]> {
  const { validators, portBase, net, seed, program } = options;
  const network = hasNamespaces() ? new Namespaces(validators, net) : loopback;
  const settings = { validators, network, portBase, accounts: ACCOUNTS, program: () => program };
  const random = createPrng(`recovery ${seed}`);
  return onFleet(settings, async (fleet) => {
    await fleet.start();
    const clients = await Clients.open(fleet, random, null);
    try {
      return await new Bench(fleet, clients, random, options).run(network.canCut);
    } finally {
      await clients.close();
    }
  });
}

class Bench {
  readonly #fleet: Fleet;
  readonly #clients: Clients;
  readonly #random: Prng;
  readonly #options: RecoveryOptions;
  readonly #found: Recovery[] = [];

  constructor(fleet: Fleet, clients: Clients, random: Prng, options: RecoveryOptions) {
    this.#fleet = fleet;
    this.#clients = clients;
    this.#random = random;
    this.#options = options;
  }

  async run(canCut: boolean): Promise<readonly Recovery[]> {
    const { f } = this.#fleet;
    const all = this.#fleet.validators.length;
    await this.#measure('one crash, payments through the others: longest gap', () => this.#gap());
    await this.#measure('f crashed and restarted, payments through these', () => this.#restart(f));
    await this.#measure('f + 1 crashed and restarted: quorum back', () => this.#restart(f + 1));
    await this.#measure('all crashed and restarted', () => this.#restart(all));
    if (!canCut) return this.#found;
    for (const shape of ['single', 'halves', 'dust'] as const) {
      await this.#measure(`partition healed: ${shape}`, () => this.#heal(shape));
    }
    return this.#found;
  }

  async #measure(what: string, measure: () => Promise<Took>): Promise<void> {
    const ms: number[] = [];
    const cpuMs: number[] = [];
    for (let round = 0; round < this.#options.rounds; round += 1) {
      await hold(CALM_MS);
      const took = await measure();
      ms.push(Math.round(took.ms));
      cpuMs.push(took.cpuMs);
    }
    const [loadAverage = 0] = loadavg();
    this.#found.push({ what, ms, cpuMs, limitMs: LIMIT_MS, loadAverage });
    this.#options.note(
      `${what}: ${ms.join(', ')} ms, processors ${cpuMs.join(', ')} ms (load average ${loadAverage.toFixed(1)})`,
    );
  }

  #prober(lanes: readonly LaneId[]): Prober {
    const through = this.#clients.all.filter(({ lane }) => lanes.includes(lane));
    return new Prober(this.#clients.accounts, through);
  }

  get #lanes(): LaneId[] {
    return this.#random.shuffled(this.#fleet.validators.map(({ lane }) => lane));
  }

  /** Longest time between two payments that become final, around a crash that nobody else should feel. */
  async #gap(): Promise<Took> {
    const [victim = 0, ...others] = this.#lanes;
    const prober = this.#prober(others);
    await hold(CALM_MS);
    const fromMs = performance.now();
    await this.#fleet.validator(victim).kill();
    const clock = this.#clock();
    await hold(CALM_MS);
    const { cpuMs } = clock();
    const ms = prober.longestGap(fromMs, performance.now());
    await prober.stop();
    await this.#fleet.launch(victim);
    return { ms, cpuMs };
  }

  async #restart(count: number): Promise<Took> {
    const victims = this.#lanes.slice(0, count);
    await Promise.all(victims.map((lane) => this.#fleet.validator(lane).kill()));
    await hold(this.#options.holdMs);
    const prober = this.#prober(victims);
    const clock = this.#clock();
    const startMs = performance.now();
    const ready = Promise.all(victims.map((lane) => this.#fleet.launch(lane)));
    await prober.firstFinalSentAfter(startMs, WATCHDOG_MS);
    const took = clock();
    await ready;
    await prober.stop();
    return took;
  }

  async #heal(shape: Shape): Promise<Took> {
    applyShape({ fleet: this.#fleet, random: this.#random }, shape);
    await hold(this.#options.holdMs);
    const cutOff = this.#lanes;
    const prober = this.#prober(cutOff);
    const clock = this.#clock();
    this.#fleet.network.heal();
    const healedMs = performance.now();
    const each = cutOff.map((lane) => prober.firstFinalSentAfter(healedMs, WATCHDOG_MS, lane));
    await Promise.all(each);
    const took = clock();
    await prober.stop();
    return took;
  }

  /** Time from now on, of the clock and of the validators that live then. */
  #clock(): () => Took {
    const startMs = performance.now();
    const before = processorOf(this.#pids);
    return () => {
      const now = processorOf(this.#pids);
      const cpuMs = [...now].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0);
      return { ms: performance.now() - startMs, cpuMs };
    };
  }

  get #pids(): number[] {
    return this.#fleet.validators.flatMap(({ pid }) => pid ?? []);
  }
}
