import { loadavg } from 'node:os';
import { buildTransaction } from '../src/client/payment.ts';
import { RestClient } from '../src/client/rest-client.ts';
import { Wallet } from '../src/client/wallet.ts';
import type { MetricName } from '../src/metrics/names.ts';
import type { ReplayPhase } from '../src/replay/progress.ts';
import { REPLAY_DEFAULTS, replay } from '../src/replay/replay.ts';
import type { ReplayReport } from '../src/replay/report.ts';
import { synthesizeTrace } from '../src/replay/trace/synthesize.ts';
import { type BenchDevnet, threadMs } from './devnet.ts';
import { type DiskUse, diskUse } from './disk.ts';
import { type LagSample, LagSampler } from './lag.ts';
import { growth, type Scrape, scrape } from './prometheus.ts';

/** One run at a fixed rate and all that was measured around it. */
export type LoadResult = {
  readonly ratePerSecond: number;
  readonly report: ReplayReport;
  readonly cuts: number;
  readonly lag: readonly LagSample[];
  /** Over all validators, from the first transaction sent to the last outcome. */
  readonly validatorsCpuMs: number;
  /** Of their main threads alone. */
  readonly mainThreadsCpuMs: number;
  readonly driverCpuMs: number;
  readonly before: Scrape;
  readonly after: Scrape;
  /** Transactions that became final between the two scrapes; figures by transaction are of these. */
  readonly finalBetween: number;
  readonly txsPerBlock: number;
  readonly diskBytes: DiskUse;
  readonly loadAverage: readonly number[];
};

/** Called while the load is on. */
export type LoadHooks = {
  readonly begun?: () => Promise<void>;
  readonly ended?: () => Promise<void>;
};

/** Coins of the funding account after its first payment: one funds 1023 payments of a run. */
const FUNDING_COINS = 400;
const FINAL = { level: 'checkpointed', timeoutMs: 30_000 } as const;
const OUTPUTS_LOOKED_UP = 1000;

/** Sends payments of one signature, one input and two outputs each to a devnet. */
export class Load {
  readonly #devnet: BenchDevnet;
  readonly #wallet: Wallet;
  #runs = 0;

  private constructor(devnet: BenchDevnet, wallet: Wallet) {
    this.#devnet = devnet;
    this.#wallet = wallet;
  }

  /** Splits the funding account's coins, so that the payments that fund a run do not depend on each other. */
  static async prepare(devnet: BenchDevnet): Promise<Load> {
    const wallet = Wallet.fromSecrets([Buffer.from(devnet.devnet.funding.secret, 'hex')]);
    if (!wallet.ok) throw new Error(wallet.error.detail);
    const client = new RestClient(devnet.targets[0] ?? '');
    try {
      const { ledgerId, epoch, minFee, addressPrefix } = await client.params();
      const coins = await wallet.value.coins(client, addressPrefix);
      const [coin] = coins;
      if (coin === undefined) throw new Error('the funding account is empty');
      const amount = (coin.amount - minFee) / BigInt(FUNDING_COINS);
      const outputs = new Array(FUNDING_COINS).fill({ amount, lock: wallet.value.lock });
      const built = buildTransaction({
        ledgerId,
        outputs,
        coins: [coin],
        fee: minFee,
        changeLock: wallet.value.lock,
        validUntil: epoch + 1000,
      });
      if (!built.ok) throw new Error(built.error.detail);
      const payment = wallet.value.sign(built.value);
      if (!payment.ok) throw new Error(payment.error.detail);
      await client.submit(payment.value.bytes, FINAL);
    } finally {
      await client.close();
    }
    return new Load(devnet, wallet.value);
  }

  /** Open loop: transaction i is meant to be sent i / rate seconds after the start. */
  async run(ratePerSecond: number, seconds: number, hooks: LoadHooks = {}): Promise<LoadResult> {
    const { pids, targets } = this.#devnet;
    const transactions = Math.max(1, Math.round(ratePerSecond * seconds));
    this.#runs += 1;
    const trace = synthesizeTrace({ kind: 'uniform', transactions, seed: `bench ${this.#runs}` });
    const lag = new LagSampler(targets[0] ?? '');
    let phase: ReplayPhase | null = null;
    const taken: Taken[] = [];
    const waiting: Promise<unknown>[] = [];
    const report = await replay({
      ...REPLAY_DEFAULTS,
      trace,
      sha256: null,
      targets,
      pids,
      wallet: this.#wallet,
      pace: { kind: 'rate', perSecond: ratePerSecond },
      outputsMax: OUTPUTS_LOOKED_UP,
      signal: new AbortController().signal,
      onProgress: (progress) => {
        const isNew = progress.phase !== phase;
        phase = progress.phase;
        if (progress.phase === 'sending' && isNew) {
          waiting.push(this.#take(taken), hooks.begun?.() ?? Promise.resolve());
          lag.start();
        }
        if (progress.phase === 'checking' && isNew) {
          lag.stop();
          waiting.push(this.#take(taken), hooks.ended?.() ?? Promise.resolve());
        }
      },
    });
    await Promise.all(waiting);
    if (!report.ok) throw new Error(report.error);
    const [first, last] = taken;
    if (first === undefined || last === undefined) throw new Error('the run was too short');
    const grown = (name: MetricName) => growth(first.scrape, last.scrape, name);
    const final = grown('althing_transactions_final_total') / pids.length;
    const blocks = grown('althing_blocks_built_total');
    return {
      ratePerSecond,
      report: report.value,
      cuts: lag.cuts,
      lag: lag.samples,
      validatorsCpuMs: sum(last.threads.flat()) - sum(first.threads.flat()),
      mainThreadsCpuMs: mainThreads(last) - mainThreads(first),
      driverCpuMs: last.driverMs - first.driverMs,
      before: first.scrape,
      after: last.scrape,
      finalBetween: final,
      txsPerBlock: blocks === 0 ? 0 : final / blocks,
      diskBytes: {
        journalBytes: last.disk.journalBytes - first.disk.journalBytes,
        storeBytes: last.disk.storeBytes - first.disk.storeBytes,
      },
      loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    };
  }

  async #take(into: Taken[]): Promise<void> {
    const { pids, validators } = this.#devnet;
    const { user, system } = process.cpuUsage();
    const threads = pids.map(threadMs);
    const uses = validators.map(({ home }) => diskUse(home));
    into.push({
      threads,
      driverMs: (user + system) / 1000,
      disk: {
        journalBytes: sum(uses.map(({ journalBytes }) => journalBytes)),
        storeBytes: sum(uses.map(({ storeBytes }) => storeBytes)),
      },
      scrape: await scrape(validators.map(({ metrics }) => metrics)),
    });
  }
}

type Taken = {
  readonly threads: readonly (readonly number[])[];
  readonly driverMs: number;
  readonly disk: DiskUse;
  readonly scrape: Scrape;
};

function mainThreads({ threads }: Taken): number {
  return sum(threads.map(([main = 0]) => main));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
