import type { Fleet } from './fleet.ts';
import { type Flights, quantile } from './flights.ts';
import type { Funding } from './funding.ts';
import type { Quantiles, ReplayReport, SlowestSecond } from './report.ts';
import { checkRivals } from './rivals.ts';
import type { Pace } from './schedule.ts';
import { checkOutputs, checkRoots } from './settlement.ts';
import type { Trace } from './trace/trace.ts';
import { type Lift, signaturesOf } from './trace/trace-arithmetic.ts';

/** What a run has brought; the rest is asked of the validators. */
export type RunResult = {
  /** As replayed: with lifted fees. */
  readonly trace: Trace;
  readonly sha256: string | null;
  readonly runId: string;
  readonly targets: readonly string[];
  readonly pace: Pace;
  readonly backends: readonly string[];
  readonly lift: Lift;
  readonly funding: Funding;
  readonly fundingMs: number;
  readonly flights: Flights;
  readonly retries: Readonly<Record<string, number>>;
  readonly reposts: number;
  readonly feedGaps: number;
  readonly cpuMs: number | null;
  /** How long to wait for certified ledgers. */
  readonly checkMs: number;
  readonly outputsMax: number;
  readonly fleet: Fleet;
};

const BEHIND_MS = 100;
const BEHIND_SHARE = 0.95;

export function quantilesOf(ascending: Float64Array): Quantiles {
  return {
    p50: quantile(ascending, 0.5),
    p90: quantile(ascending, 0.9),
    p99: quantile(ascending, 0.99),
    max: quantile(ascending, 1),
  };
}

/** More than 5 % of the transactions were sent over 100 ms late. */
export function isBehind(lags: Float64Array): boolean {
  return quantile(lags, BEHIND_SHARE) > BEHIND_MS;
}

/** How many ended otherwise than final, by reason, with where that was said. */
function rejectionsOf(flights: Flights): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const ending of flights.endings) {
    if (ending === undefined || ending.state === 'final') continue;
    const name = ending.state === 'rejected' ? ending.reason : `${ending.reason} (at the door)`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Checks what the run left behind at the validators, and sums up. */
export async function createReport(run: RunResult): Promise<ReplayReport> {
  const { fleet, flights, trace, funding, lift, cpuMs } = run;
  const roots = await checkRoots(fleet, flights, run.checkMs);
  const outputs = await checkOutputs(fleet, flights, trace, funding.outpoints, run.outputsMax);
  const rivals = await checkRivals(fleet, flights, trace);
  const { sent, final, ended, rejected, refused } = flights.counts;
  const durationMs = lastOf(flights.endedMs);
  const lags = flights.lagsMs();
  const isComplete = sent === flights.size && ended === sent;
  const expectedLosers = rivals?.pairs ?? 0;
  return {
    trace: { name: trace.name, sha256: run.sha256 },
    runId: run.runId,
    targets: run.targets,
    pace: paceText(run.pace),
    verifierBackends: run.backends,
    funding: {
      transactions: funding.payments.length,
      outputs: funding.outpoints.length,
      lifted: lift.lifted,
      added: lift.added.toString(),
      ms: run.fundingMs,
    },
    transactions: flights.size,
    sent,
    final,
    contested: contestedCount(flights),
    rejected: rejectionsOf(flights),
    lost: sent - ended,
    retries: run.retries,
    reposts: run.reposts,
    feedGaps: run.feedGaps,
    latencyMs: quantilesOf(flights.latenciesMs()),
    uncontestedMs: rivals === null ? null : uncontestedMs(flights, trace),
    lagMs: quantilesOf(lags),
    driverBehind: isBehind(lags),
    longestPauseMs: longestPauseMs(flights),
    durationMs,
    perSecond: perSecond(final, durationMs),
    signaturesPerSecond: perSecond(signaturesOfFinal(flights, trace), durationMs),
    slowestSecond: slowestSecond(flights),
    cpuMsPerTransaction: cpuMs === null || final === 0 ? null : cpuMs / final,
    roots,
    outputs,
    rivals,
    passed:
      isComplete &&
      rejected + refused === expectedLosers &&
      roots.equal &&
      outputs.wrongCount === 0 &&
      (rivals === null || rivals.wrong.length === 0),
  };
}

function perSecond(count: number, durationMs: number): number {
  return durationMs > 0 ? (count * 1000) / durationMs : 0;
}

function signaturesOfFinal(flights: Flights, trace: Trace): number {
  let sum = 0;
  for (let at = 0; at < flights.size; at++) {
    if (flights.state(at) === 'final') sum += signaturesOf(trace, at);
  }
  return sum;
}

/** The latencies of payments without a rival. */
function uncontestedMs(flights: Flights, trace: Trace): Quantiles {
  const contested = new Set(
    trace.txs.flatMap(({ rivals }, at) => (rivals.length === 0 ? [] : [at, ...rivals])),
  );
  return quantilesOf(flights.latenciesMs((at) => !contested.has(at)));
}

function contestedCount(flights: Flights): number {
  const isContested = (ending: Flights['endings'][number]) =>
    ending?.state === 'final' && ending.path === 'contested';
  return flights.endings.filter(isContested).length;
}

/**
 * The longest time in which nothing became final while something was due: before the i-th one can be
 * final, i must have been meant to be sent.
 */
export function longestPauseMs(flights: Flights): number {
  const isFinal = (_: number, at: number) => flights.state(at) === 'final';
  const ended = flights.endedMs.filter(isFinal).sort();
  const intended = flights.intendedMs.filter(isFinal).sort();
  let longest = 0;
  for (const [at, time] of ended.entries()) {
    longest = Math.max(longest, time - Math.max(ended[at - 1] ?? 0, intended[at]!));
  }
  return longest;
}

function lastOf(times: Float64Array): number {
  let last = 0;
  for (const time of times) if (time > last) last = time;
  return last;
}

function paceText(pace: Pace): string {
  if (pace.kind === 'rate') return `${pace.perSecond} per second`;
  if (pace.kind === 'max') return `at most ${pace.inFlight} in flight`;
  return pace.speed === 1 ? "the trace's own times" : `the trace's own times, ${pace.speed} x`;
}

/**
 * Of the whole seconds in which payments were due, without the first: what is sent in it cannot all be final
 * in it.
 */
export function slowestSecond(flights: Flights): SlowestSecond | null {
  const seconds = Math.floor(lastOf(flights.intendedMs) / 1000) - 1;
  const finals = new Array<number>(Math.max(0, seconds)).fill(0);
  if (finals.length === 0) return null;
  for (const [at, endedMs] of flights.endedMs.entries()) {
    const second = Math.floor(endedMs / 1000) - 1;
    const count = finals[second];
    if (count !== undefined && flights.state(at) === 'final') finals[second] = count + 1;
  }
  const sum = finals.reduce((total, count) => total + count, 0);
  // Not spread: a run of days has more seconds than a call may have arguments.
  const final = finals.reduce((least, count) => Math.min(least, count));
  return { final, mean: sum / finals.length };
}
