import { err, ok, type Result } from '../std/result.ts';
import type { Trace } from './trace/trace.ts';

export type Pace =
  /** Equally spaced. */
  | { readonly kind: 'rate'; readonly perSecond: number }
  /** The times of the trace, divided by `speed`. */
  | { readonly kind: 'trace'; readonly speed: number }
  /** As fast as answers come, never more than `inFlight` without an outcome: a closed loop. */
  | { readonly kind: 'max'; readonly inFlight: number };

/**
 * The intended time of each transaction in milliseconds after the start, or null where the pace has
 * none (max). Fixed before anything is sent: latency counts from here, so a driver or a ledger that
 * falls behind cannot hide it. Rivals are meant for the same instant. Error: a trace without times.
 */
export function intendedTimes(trace: Trace, pace: Pace): Result<Float64Array | null, string> {
  if (pace.kind === 'max') return ok(null);
  const times = new Float64Array(trace.txs.length);
  for (const [at, { atMs, rivals }] of trace.txs.entries()) {
    const [rival] = rivals;
    if (rival !== undefined) times[at] = times[rival] ?? 0;
    else if (pace.kind === 'rate') times[at] = (at * 1000) / pace.perSecond;
    else if (atMs !== null) times[at] = atMs / pace.speed;
    else return err(`transaction ${at} of the trace has no time: give a rate`);
  }
  return ok(times);
}

/** "2500", "2500/s" or "max"; null: neither. */
export function parsePace(text: string): Pace | null {
  if (text === 'max') return { kind: 'max', inFlight: 2000 };
  const [, digits] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? [];
  const perSecond = Number(digits);
  return perSecond > 0 ? { kind: 'rate', perSecond } : null;
}
