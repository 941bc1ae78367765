import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ending, Flights } from '../flights.ts';
import { type Clock, clockIn, type DriveJob, drive } from './drive.ts';
import type { LinkSpec } from './link.ts';
import { openLink } from './open-link.ts';

/** What became of the payments of a run, by their place in the schedule. Times after the start. */
export type Outcomes = {
  readonly sentMs: Float64Array;
  readonly endedMs: Float64Array;
  readonly endings: readonly (Ending | undefined)[];
  readonly retries: number;
  readonly reposts: number;
  /** Processor time of driver processes other than this one. */
  readonly childrenCpuMs: number;
};

export type DriversOptions = {
  readonly spec: LinkSpec;
  readonly job: DriveJob;
  /** Processes; 1: this one alone. */
  readonly drivers: number;
  readonly signal: AbortSignal;
  /** Called at the start, with the clock of the run. */
  readonly onStart: (clock: Clock) => void;
  readonly onProgress: (sent: number, final: number, ended: number) => void;
};

/** To a driver process; it answers `listening`, then `progress` now and then, and `done`. */
export type DriverOrder =
  | { readonly kind: 'job'; readonly spec: LinkSpec; readonly job: DriveJob }
  | { readonly kind: 'start'; readonly clock: Clock }
  | { readonly kind: 'stop' };
export type DriverWord =
  | { readonly kind: 'listening' }
  | { readonly kind: 'progress'; readonly counts: Counts }
  | { readonly kind: 'done'; readonly outcomes: Outcomes };
export type Counts = { readonly sent: number; readonly final: number; readonly ended: number };

const PROGRESS_MS = 200;
const START_IN_MS = 300;
const PROCESS = fileURLToPath(new URL('./driver-process.js', import.meta.url));

export async function runDrivers(options: DriversOptions): Promise<Outcomes> {
  return options.drivers === 1 ? runHere(options) : runProcesses(options);
}

async function runHere(options: DriversOptions): Promise<Outcomes> {
  const { spec, job, signal, onStart, onProgress } = options;
  const link = openLink(spec);
  let beat: NodeJS.Timeout | undefined;
  try {
    const begin = async () => {
      const clock = clockIn(0);
      onStart(clock);
      return clock;
    };
    const { flights, retries, reposts } = await drive(job, link, begin, signal, ({ counts }) => {
      beat = setInterval(() => onProgress(counts.sent, counts.final, counts.ended), PROGRESS_MS);
    });
    return outcomesOf(flights, retries, reposts);
  } finally {
    clearInterval(beat);
    await link.close();
  }
}

export function outcomesOf(flights: Flights, retries: number, reposts: number): Outcomes {
  const { sentMs, endedMs, endings } = flights;
  return { sentMs, endedMs, endings: Array.from(endings), retries, reposts, childrenCpuMs: 0 };
}

/** Process p of m gets payments p, p + m, p + 2m, … so that each sends at the same times. */
async function runProcesses(options: DriversOptions): Promise<Outcomes> {
  const { spec, job, drivers, signal } = options;
  const children = Array.from({ length: drivers }, () =>
    fork(PROCESS, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
  const stop = () => {
    for (const child of children) if (child.connected) child.send({ kind: 'stop' });
  };
  signal.addEventListener('abort', stop);
  try {
    const counts: Counts[] = children.map(() => ({ sent: 0, final: 0, ended: 0 }));
    const words = children.map((child) => wordsOf(child));
    for (const [p, child] of children.entries()) {
      child.send({ kind: 'job', spec, job: sliceOf(job, p, drivers) } satisfies DriverOrder);
    }
    await Promise.all(words.map((next) => next('listening')));
    const clock = clockIn(START_IN_MS);
    options.onStart(clock);
    const done = children.map(async (child, p) => {
      child.on('message', (word: DriverWord) => {
        if (word.kind !== 'progress') return;
        counts[p] = word.counts;
        const sum = (of: keyof Counts) => counts.reduce((total, one) => total + one[of], 0);
        options.onProgress(sum('sent'), sum('final'), sum('ended'));
      });
      child.send({ kind: 'start', clock } satisfies DriverOrder);
      return (await words[p]!('done')).outcomes;
    });
    return merge(await Promise.all(done), job.ids.length);
  } finally {
    signal.removeEventListener('abort', stop);
    for (const child of children) child.kill();
  }
}

/** What process p of m gets. */
export function sliceOf(job: DriveJob, p: number, m: number): DriveJob {
  const mine = (_: unknown, at: number) => at % m === p;
  return {
    ids: job.ids.filter(mine),
    payments: job.payments.filter(mine),
    intendedMs: job.intendedMs.filter(mine),
    drainMs: job.drainMs,
  };
}

/** The whole of what the processes' parts say. */
export function merge(parts: readonly Outcomes[], count: number): Outcomes {
  const m = parts.length;
  const pick = (of: 'sentMs' | 'endedMs') =>
    Float64Array.from({ length: count }, (_, at) => parts[at % m]![of][Math.floor(at / m)]!);
  const total = (of: 'retries' | 'reposts' | 'childrenCpuMs') =>
    parts.reduce((sum, part) => sum + part[of], 0);
  return {
    sentMs: pick('sentMs'),
    endedMs: pick('endedMs'),
    endings: Array.from({ length: count }, (_, at) => parts[at % m]!.endings[Math.floor(at / m)]),
    retries: total('retries'),
    reposts: total('reposts'),
    childrenCpuMs: total('childrenCpuMs'),
  };
}

type Next = <K extends 'listening' | 'done'>(kind: K) => Promise<Extract<DriverWord, { kind: K }>>;

/** Resolves with the next word of a kind; rejects when the process ends before. */
function wordsOf(child: ChildProcess): Next {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a driver process ended with exit code ${code}`);
  });
  ended.catch(() => undefined);
  return (kind) => {
    const said = new Promise<never>((resolve) => {
      const listen = (word: DriverWord) => {
        if (word.kind !== kind) return;
        child.off('message', listen);
        resolve(word as never);
      };
      child.on('message', listen);
    });
    return Promise.race([said, ended]);
  };
}
