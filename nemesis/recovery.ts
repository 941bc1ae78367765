import { loadavg } from 'node:os';
import { RestClient } from '../src/client/rest-client.ts';
import { createPrng, type Prng } from '../src/std/prng.ts';
import type { LaneId } from '../src/types/ids.ts';
import { Accounts } from './clients/accounts.ts';
import { patiently } from './clients/patience.ts';
import { Prober } from './clients/prober.ts';
import { Recorder } from './clients/recorder.ts';
import { ValidatorClient } from './clients/validator-client.ts';
import { Fleet } from './cluster/fleet.ts';
import { hasNamespaces, loopback, Namespaces } from './cluster/network.ts';
import { hold } from './faults/fault.ts';
import { applyShape, type Shape } from './faults/links.ts';

export type RecoveryOptions = {
  readonly validators: number;
  readonly seed: number;
  readonly portBase: number;
  readonly program: string;
  readonly net: number;
  /** Times that each is measured. */
  readonly rounds: number;
  /** How long a partition and an outage last. */
  readonly holdMs: number;
  readonly note: (line: string) => void;
};

export type Recovery = {
  readonly what: string;
  /** From the end of the fault to the first payment sent after it that is final; of each round. */
  readonly ms: readonly number[];
  readonly limitMs: number;
  readonly loadAverage: number;
};

const LIMIT_MS = 2000;
const WATCHDOG_MS = 120_000;
/** Long enough before and after for the rhythm of the payments to show. */
const CALM_MS = 2000;
const ACCOUNTS = 40;

/** Measures how long payments wait after each kind of fault, one after the other on one fleet. */
export async function measureRecovery(options: RecoveryOptions): Promise<readonly Recovery[]> {
  const { validators, portBase, net, seed, program } = options;
  const network = hasNamespaces() ? new Namespaces(validators, net) : loopback;
  const fleet = new Fleet({
    ...{ validators, network, portBase, accounts: ACCOUNTS },
    program: () => program,
  });
  const recorder = new Recorder(null);
  const random = createPrng(`recovery ${seed}`);
  const clients = fleet.validators.map(
    ({ lane, place }) =>
      new ValidatorClient(lane, place.rest, recorder, fleet.devnet.addressPrefix),
  );
  try {
    await fleet.start();
    const rest = new RestClient(fleet.validator(0).place.rest);
    const accounts = await patiently(() => Accounts.open(fleet.devnet, rest, random));
    await rest.close();
    const bench = new Bench(fleet, accounts, clients, random, options);
    return await bench.run(network.canCut);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    recorder.close();
    await fleet.close();
  }
}

class Bench {
  readonly #fleet: Fleet;
  readonly #accounts: Accounts;
  readonly #clients: readonly ValidatorClient[];
  readonly #random: Prng;
  readonly #options: RecoveryOptions;
  readonly #found: Recovery[] = [];

  constructor(
    fleet: Fleet,
    accounts: Accounts,
    clients: readonly ValidatorClient[],
    random: Prng,
    options: RecoveryOptions,
  ) {
    this.#fleet = fleet;
    this.#accounts = accounts;
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

  async #measure(what: string, measure: () => Promise<number>): Promise<void> {
    const ms: number[] = [];
    for (let round = 0; round < this.#options.rounds; round += 1) {
      await hold(CALM_MS);
      ms.push(Math.round(await measure()));
    }
    const [loadAverage = 0] = loadavg();
    this.#found.push({ what, ms, limitMs: LIMIT_MS, loadAverage });
    this.#options.note(`${what}: ${ms.join(', ')} ms (load average ${loadAverage.toFixed(1)})`);
  }

  #prober(lanes: readonly LaneId[]): Prober {
    const through = this.#clients.filter(({ lane }) => lanes.includes(lane));
    return new Prober(this.#accounts, through);
  }

  get #lanes(): LaneId[] {
    return this.#random.shuffled(this.#fleet.validators.map(({ lane }) => lane));
  }

  /** Longest time between two payments that become final, around a crash that nobody else should feel. */
  async #gap(): Promise<number> {
    const [victim = 0, ...others] = this.#lanes;
    const prober = this.#prober(others);
    await hold(CALM_MS);
    const fromMs = performance.now();
    await this.#fleet.validator(victim).kill();
    await hold(CALM_MS);
    const gap = prober.longestGap(fromMs, performance.now());
    await prober.stop();
    await this.#fleet.launch(victim);
    return gap;
  }

  async #restart(count: number): Promise<number> {
    const victims = this.#lanes.slice(0, count);
    await Promise.all(victims.map((lane) => this.#fleet.validator(lane).kill()));
    await hold(this.#options.holdMs);
    const prober = this.#prober(victims);
    const startMs = performance.now();
    const ready = Promise.all(victims.map((lane) => this.#fleet.launch(lane)));
    const finalMs = await prober.firstFinalSentAfter(startMs, WATCHDOG_MS);
    await ready;
    await prober.stop();
    return finalMs - startMs;
  }

  async #heal(shape: Shape): Promise<number> {
    applyShape({ fleet: this.#fleet, random: this.#random }, shape);
    await hold(this.#options.holdMs);
    const cutOff = this.#lanes;
    const prober = this.#prober(cutOff);
    this.#fleet.network.heal();
    const healedMs = performance.now();
    const each = cutOff.map((lane) => prober.firstFinalSentAfter(healedMs, WATCHDOG_MS, lane));
    const finalMs = Math.max(...(await Promise.all(each)));
    await prober.stop();
    return finalMs - healedMs;
  }
}
