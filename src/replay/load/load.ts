import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Wallet } from '../../client/wallet.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { ReplayPhase, ReplayProgress } from '../progress.ts';
import { scheduleOf } from '../rates/rate-schedule.ts';
import { type RateTrace, rateTotals } from '../rates/rate-trace.ts';
import type { Trace } from '../trace/trace.ts';
import { algorandPayments } from './algorand-payments.ts';
import { althingPayments } from './althing-payments.ts';
import { type Clock, clockNow } from './drive.ts';
import { runDrivers } from './drivers.ts';
import { figuresOf, type LoadFigures, type LoadRun } from './figures.ts';
import type { LinkSpec } from './link.ts';
import { Meter, type MeterSample, type MeterSpec } from './meter.ts';
import type { Payments, PaymentsRequest } from './payments.ts';

/** Who pays for a load. */
export type Purse =
  | { readonly system: 'althing'; readonly wallet: Wallet }
  | { readonly system: 'algorand'; readonly mnemonic: string }
  | { readonly system: 'null' };

export type LoadOptions = {
  readonly spec: LinkSpec;
  readonly purse: Purse;
  readonly meter: MeterSpec;
  readonly rates: RateTrace;
  readonly scale: number;
  readonly arrivals: 'uniform' | 'poisson';
  /** Structure of the payments; null: each on its own. Not every system can follow one. */
  readonly structure: Trace | null;
  /** Before the trace begins; its payments are in no figure. */
  readonly warmUp: { readonly seconds: number; readonly perSecond: number };
  /** How long to wait for outcomes after the last payment. */
  readonly drainMs: number;
  /** Driver processes. */
  readonly drivers: number;
  readonly runId?: string;
  /** Called once, so many milliseconds after the trace has begun. */
  readonly fault?: { readonly afterMs: number; readonly act: () => void };
  readonly onProgress: (progress: ReplayProgress) => void;
  readonly signal: AbortSignal;
};

type Progress = (
  phase: ReplayPhase,
  sent: number,
  final: number,
  ended: number,
  elapsedMs: number,
) => void;

/**
 * Sends payments to a system at the times of a rate trace and measures what becomes of them: warm-up,
 * then the trace, then a drain without new payments. The error says what prevented the run; throws
 * AlthingError when a validator cannot be reached before the start.
 */
export async function runLoad(options: LoadOptions): Promise<Result<LoadFigures, string>> {
  const { rates, scale, arrivals, warmUp, drivers } = options;
  const runId = options.runId ?? randomBytes(4).toString('hex');
  const measured = scheduleOf(rates, { scale, arrivals, seed: runId });
  if (measured.length === 0) return err('nothing is due: the scale is too small for this trace');
  const warmUpMs = warmUp.seconds * 1000;
  const intendedMs = timesOf(measured, warmUp);
  const count = intendedMs.length;
  const progress: Progress = (phase, sent, final, ended, at) =>
    options.onProgress({
      phase,
      total: count,
      sent,
      final,
      rejected: ended - final,
      elapsedMs: at,
    });
  const payments = await paymentsOf(options, {
    count,
    runId,
    payees: rates.payees,
    onProgress: (phase, done) => progress(phase, done, 0, 0, 0),
  });
  if (!payments.ok) return payments;
  const { value } = payments;
  const run = await sendAll(options, { payments: value, intendedMs, warmUpMs, progress });
  return ok(
    figuresOf({
      ...run,
      intendedMs,
      warmUpMs,
      traceMs: rateTotals(rates).seconds * 1000,
      offered: { scale, arrivals, drivers, warmUpPayments: count - measured.length },
    }),
  );
}

type Sending = {
  readonly payments: Payments;
  readonly intendedMs: Float64Array;
  readonly warmUpMs: number;
  readonly progress: Progress;
};

/** From the first payment to the end of the drain: what became of them, and of the machine meanwhile. */
async function sendAll(
  { spec, drivers, signal, drainMs, fault, meter: meterSpec }: LoadOptions,
  { payments, intendedMs, warmUpMs, progress }: Sending,
): Promise<Pick<LoadRun, 'outcomes' | 'first' | 'last' | 'loadAverage'>> {
  const meter = new Meter(meterSpec);
  const samples: Promise<MeterSample>[] = [];
  const stopped = new AbortController();
  let clock: Clock | null = null;
  const take = () => void samples.push(meter.sample());
  const loadBefore = loadavg()[0] ?? 0;
  const outcomes = await runDrivers({
    spec,
    drivers,
    signal,
    job: { ids: payments.ids, payments: payments.bytes, intendedMs, drainMs },
    onStart: (started) => {
      clock = started;
      void after(started, warmUpMs, stopped.signal, take);
      if (fault) void after(started, warmUpMs + fault.afterMs, stopped.signal, fault.act);
    },
    onProgress: (sent, final, ended) => {
      const nowMs = clock === null ? 0 : clockNow(clock);
      progress(sent < intendedMs.length ? 'sending' : 'draining', sent, final, ended, nowMs);
    },
  });
  stopped.abort();
  take();
  const [first, last] = await Promise.all([samples[0]!, samples.at(-1)!]);
  return { outcomes, first, last, loadAverage: [loadBefore, loadavg()[0] ?? 0] };
}

function timesOf(measured: Float64Array, { seconds, perSecond }: LoadOptions['warmUp']) {
  const warm = Array.from({ length: Math.floor(seconds * perSecond) }, (_, at) => {
    return (at * 1000) / perSecond;
  });
  return Float64Array.from([...warm, ...measured.map((at) => at + seconds * 1000)]);
}

async function paymentsOf(
  { spec, purse, structure }: LoadOptions,
  request: PaymentsRequest,
): Promise<Result<Payments, string>> {
  const { urls, tokens } = spec;
  if (purse.system === 'althing') {
    return althingPayments({ urls, wallet: purse.wallet }, request, structure);
  }
  if (structure !== null) return err(`${purse.system} cannot replay a trace of transactions`);
  if (purse.system === 'algorand') {
    return algorandPayments({ urls, tokens, mnemonic: purse.mnemonic }, request);
  }
  const ids = Array.from({ length: request.count }, (_, at) => `${request.runId}/${at}`);
  return ok({ ids, bytes: ids.map(() => new Uint8Array(250)) });
}

async function after(clock: Clock, ms: number, signal: AbortSignal, act: () => void) {
  try {
    await sleep(Math.max(0, ms - clockNow(clock)), undefined, { signal });
  } catch {
    return;
  }
  act();
}
