import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wallet } from '../client/wallet.ts';
import { err, ok, type Result } from '../std/result.ts';
import { createReport } from './create-report.ts';
import { Fleet } from './fleet.ts';
import { Flights } from './flights.ts';
import type { Funding } from './funding.ts';
import { Owners } from './owners.ts';
import { fundTrace, signAll } from './prepare.ts';
import { processorMs } from './processes.ts';
import type { ReplayPhase, ReplayProgress } from './progress.ts';
import type { ReplayReport } from './report.ts';
import { Rescue } from './rescue.ts';
import { type Routing, routesOf } from './routes.ts';
import { intendedTimes, type Pace } from './schedule.ts';
import { Sender } from './sender.ts';
import type { SignedTrace } from './signed-trace.ts';
import type { Trace } from './trace/trace.ts';
import { type Lift, liftFees } from './trace/trace-arithmetic.ts';
import { Watcher } from './watcher.ts';

export type ReplayOptions = {
  readonly trace: Trace;
  /** Of the trace's file, for the report. */
  readonly sha256: string | null;
  /** REST of each validator, all of them. */
  readonly targets: readonly string[];
  /** Owns what the trace's owners are paid from. */
  readonly wallet: Wallet;
  readonly pace: Pace;
  readonly routing: Routing;
  /** Of the validators' processes, when they run here; empty: CPU is not measured. */
  readonly pids: readonly number[];
  /** Any text; another one gives other owners. Default: random. */
  readonly runId?: string;
  /** How long to wait for outcomes after the last one was sent. */
  readonly drainMs: number;
  /** How long to wait for certified ledgers of all outcomes after that. */
  readonly checkMs: number;
  /** Age at which a transaction without an outcome is asked about, and posted to another if need be. */
  readonly overdueMs: number;
  /** At most so many outputs are looked up at the end. */
  readonly outputsMax: number;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Stops sending; what was sent is waited for and reported. */
  readonly signal: AbortSignal;
};

const PROGRESS_MS = 200;
const RESCUE_MS = 500;

/** What `althing replay` uses unless told otherwise. */
export const REPLAY_DEFAULTS = {
  routing: 'spread',
  drainMs: 60_000,
  checkMs: 60_000,
  overdueMs: 5000,
  outputsMax: 20_000,
} as const;

/**
 * Replays a trace on a running ledger, open loop, and checks what came of it. The Result's error says
 * what prevented the run; a run that went badly is a report with `passed: false`. Throws AlthingError
 * when a validator cannot be reached before the first transaction is sent.
 */
export async function replay(options: ReplayOptions): Promise<Result<ReplayReport, string>> {
  const fleet = new Fleet(options.targets);
  try {
    return await new Run(options, fleet).run();
  } finally {
    await fleet.close();
  }
}

type Prepared = {
  readonly lift: Lift;
  readonly funding: Funding;
  readonly fundingMs: number;
  readonly signed: SignedTrace;
  readonly intendedMs: Float64Array | null;
};

class Run {
  readonly #options: ReplayOptions;
  readonly #fleet: Fleet;
  readonly #runId: string;
  #startMs = performance.now();

  constructor(options: ReplayOptions, fleet: Fleet) {
    this.#options = options;
    this.#fleet = fleet;
    this.#runId = options.runId ?? randomBytes(4).toString('hex');
  }

  async run(): Promise<Result<ReplayReport, string>> {
    const statuses = await Promise.all(this.#fleet.clients.map((client) => client.status()));
    const ledgers = new Set(statuses.map(({ ledgerId }) => ledgerId));
    if (ledgers.size > 1) return err('the targets are validators of different ledgers');
    const prepared = await this.#prepare();
    if (!prepared.ok) return prepared;
    const backends = statuses.map((status) => status.verifierBackend);
    return ok(await this.#send(prepared.value, backends));
  }

  async #prepare(): Promise<Result<Prepared, string>> {
    const { trace, pace } = this.#options;
    const intended = intendedTimes(trace, pace);
    if (!intended.ok) return intended;
    const params = await this.#fleet.client(0).params();
    const lift = liftFees(trace, params.minFee);
    const owners = new Owners(trace.seed, this.#runId);
    const preparation = { fleet: this.#fleet, params, trace: lift.trace, owners };
    this.#progress('funding', null);
    const begun = performance.now();
    const funding = await fundTrace(preparation, this.#options.wallet);
    if (!funding.ok) return funding;
    const fundingMs = performance.now() - begun;
    this.#progress('signing', null);
    const signed = await signAll(preparation, funding.value.outpoints, (count) =>
      this.#progress('signing', null, count),
    );
    if (!signed.ok) return signed;
    return ok({
      lift,
      funding: funding.value,
      fundingMs,
      signed: signed.value,
      intendedMs: intended.value,
    });
  }

  async #send(prepared: Prepared, backends: readonly string[]): Promise<ReplayReport> {
    const { lift, signed, intendedMs } = prepared;
    const { pace, routing, pids, signal } = this.#options;
    const fleet = this.#fleet;
    const flights = new Flights(signed.txids, intendedMs);
    const stopped = new AbortController();
    const now = () => performance.now() - this.#startMs;
    const watcher = new Watcher({ fleet, flights, now, signal: stopped.signal });
    await watcher.open();
    const cpuBefore = await processorMs(pids);
    this.#startMs = performance.now();
    const sender = new Sender({
      fleet,
      flights,
      bytes: signed.bytes,
      routes: routesOf(lift.trace, fleet.size, routing),
      now,
      inFlightMax: pace.kind === 'max' ? pace.inFlight : Number.POSITIVE_INFINITY,
      signal,
    });
    const rescue = new Rescue(fleet, flights, sender, this.#options.overdueMs);
    const beat = setInterval(() => {
      this.#progress(flights.counts.sent < flights.size ? 'sending' : 'draining', flights);
    }, PROGRESS_MS);
    const rescuing = this.#keepRescuing(rescue, now, stopped.signal);
    await sender.run();
    await this.#drain(sender, flights);
    const cpuAfter = await processorMs(pids);
    clearInterval(beat);
    stopped.abort();
    await Promise.all([watcher.closed(), rescuing]);
    const cpuMs = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
    this.#progress('checking', flights);
    const { sha256, targets, checkMs, outputsMax } = this.#options;
    return createReport({
      ...prepared,
      trace: lift.trace,
      sha256,
      runId: this.#runId,
      targets,
      pace,
      backends,
      flights,
      retries: sender.retries,
      reposts: rescue.reposts,
      feedGaps: watcher.gaps,
      cpuMs,
      checkMs,
      outputsMax,
      fleet,
    });
  }

  async #keepRescuing(rescue: Rescue, now: () => number, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await rescue.look(now());
      await sleep(RESCUE_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  /** Until everything has an outcome, or the time for that is over. */
  async #drain(sender: Sender, flights: Flights): Promise<void> {
    const end = performance.now() + this.#options.drainMs;
    let done = false;
    void flights.done.then(() => {
      done = true;
    });
    while (!done && performance.now() < end && flights.inFlight > 0) {
      sender.pump();
      await Promise.race([flights.done, sleep(20)]);
    }
  }

  #progress(phase: ReplayPhase, flights: Flights | null, signed = 0): void {
    this.#options.onProgress({
      phase,
      total: this.#options.trace.txs.length,
      sent: flights?.counts.sent ?? signed,
      final: flights?.counts.final ?? 0,
      rejected: flights === null ? 0 : flights.counts.rejected + flights.counts.refused,
      elapsedMs: performance.now() - this.#startMs,
    });
  }
}
