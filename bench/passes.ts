import { BenchDevnet } from './devnet.ts';
import { Load, type LoadResult } from './load.ts';
import { type Attribution, merge, PARTS, type Part } from './profile/attribute.ts';
import { profileOf } from './profile/read.ts';
import { growth, labelValues, type Scrape } from './prometheus.ts';
import { faultsOf } from './search.ts';

/** What one run says, as it is printed and written. */
export type RunFigures = {
  readonly ratePerSecond: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly sent: number;
  readonly final: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly latencyMs: LoadResult['report']['latencyMs'];
  readonly cpuUsPerTransaction: number | null;
  readonly driverUsPerTransaction: number;
  readonly cuts: number;
  /** Final in the slowest whole second, of the mean of all. */
  readonly slowestSecondShare: number | null;
  /** Final transactions in no checkpoint: median of the first third of the samples, and of the last. */
  readonly lag: { readonly early: number; readonly late: number };
  readonly txsPerBlock: number;
  readonly wireBytesPerTransaction: Readonly<Record<string, number>>;
  readonly diskBytesPerTransaction: { readonly journal: number; readonly store: number };
  readonly rootsEqual: boolean;
  /** Why the rate is not sustained; empty: it is. */
  readonly faults: readonly string[];
  readonly loadAverage: readonly number[];
};

export function figuresOf(result: LoadResult): RunFigures {
  const { report, ratePerSecond, cuts, txsPerBlock, loadAverage, finalBetween } = result;
  const per = (amount: number) => (finalBetween === 0 ? 0 : round(amount / finalBetween));
  const cpuMs = report.cpuMsPerTransaction;
  const slowest = report.slowestSecond;
  const third = Math.max(1, Math.floor(result.lag.length / 3));
  return {
    ratePerSecond,
    cuts,
    loadAverage,
    perSecond: round(report.perSecond),
    seconds: round(report.durationMs / 1000),
    slowestSecondShare:
      slowest === null || slowest.mean === 0 ? null : round(slowest.final / slowest.mean),
    sent: report.sent,
    final: report.final,
    rejected: report.rejected,
    lost: report.lost,
    latencyMs: report.latencyMs,
    cpuUsPerTransaction: cpuMs === null ? null : round(cpuMs * 1000),
    driverUsPerTransaction: per(result.driverCpuMs * 1000),
    lag: {
      early: medianLag(result.lag.slice(0, third)),
      late: medianLag(result.lag.slice(-third)),
    },
    txsPerBlock: round(txsPerBlock),
    wireBytesPerTransaction: wireBytes(result),
    diskBytesPerTransaction: {
      journal: per(result.diskBytes.journalBytes),
      store: per(result.diskBytes.storeBytes),
    },
    rootsEqual: report.roots.equal,
    faults: faultsOf(result),
  };
}

/** Sent by all validators, by kind of message. */
function wireBytes({ before, after, finalBetween }: LoadResult): Record<string, number> {
  const sent = (scraped: Scrape) =>
    scraped.map((one) => one.filter(({ labels }) => labels.includes('direction="out"')));
  const [from, to] = [sent(before), sent(after)];
  const name = 'althing_p2p_bytes_total';
  const kinds = labelValues(to, name, 'kind').map((kind) => {
    const bytes = growth(from, to, name, `kind="${kind}"`);
    return [kind, round(bytes / Math.max(1, finalBetween))] as const;
  });
  return Object.fromEntries(kinds.filter(([, bytes]) => bytes > 0));
}

function medianLag(samples: LoadResult['lag']): number {
  const ascending = samples.map(({ transactions }) => transactions).sort((a, b) => a - b);
  return ascending[ascending.length >> 1] ?? 0;
}

export type ProfileFigures = {
  /** Microseconds per transaction over all validators, scaled to the processor time that the kernel counted. */
  readonly usByPart: Readonly<Record<Part | 'other threads', number>>;
  readonly topFunctions: readonly { readonly name: string; readonly us: number }[];
  readonly ratePerSecond: number;
  readonly cpuUsPerTransaction: number;
  readonly loadAverage: readonly number[];
};

const TOP = 60;

type Pace = { readonly perSecond: number; readonly seconds: number };

/** A shorter run with a profile of every thread; its own cost makes its total higher than that of others. */
export async function profilePass(
  options: {
    readonly validators: number;
    readonly settings: Settings;
    readonly sharedChecks: boolean;
  },
  run: Pace & { readonly warmUp: Pace },
): Promise<ProfileFigures> {
  const devnet = await BenchDevnet.start({ ...options, profiled: true });
  try {
    const load = await Load.prepare(devnet);
    await load.run(run.warmUp.perSecond, run.warmUp.seconds);
    let files: (readonly string[])[] = [];
    const result = await load.run(run.perSecond, run.seconds, {
      begun: () => devnet.startProfile(),
      ended: async () => {
        files = (await devnet.stopProfile()).map((answer) => answer.files);
      },
    });
    const mains = merge(files.map(([main]) => profileOf(main as string)));
    const all = merge(files.flat().map(profileOf));
    return profileFigures(result, mains, all);
  } finally {
    await devnet.stop();
  }
}

export type Settings = Parameters<typeof BenchDevnet.start>[0]['settings'];

/**
 * A sample's time is that of the clock, also while the thread waited for a core; the kernel's count of
 * the main threads says how much of it was work.
 */
function profileFigures(result: LoadResult, mains: Attribution, all: Attribution): ProfileFigures {
  const { mainThreadsCpuMs, validatorsCpuMs, finalBetween, ratePerSecond, loadAverage } = result;
  if (!mains.byPart.has('protocol'))
    throw new Error('the profile has no file of the project in it');
  const share = (mainThreadsCpuMs * 1000) / mains.busyUs / finalBetween;
  const cpuUsPerTransaction = (validatorsCpuMs * 1000) / finalBetween;
  const parts = PARTS.map((part) => [part, round((all.byPart.get(part) ?? 0) * share)] as const);
  const others = Math.max(0, cpuUsPerTransaction - all.busyUs * share);
  const top = [...all.byFunction].sort(([, a], [, b]) => b - a).slice(0, TOP);
  return {
    usByPart: { ...Object.fromEntries(parts), 'other threads': round(others) } as never,
    topFunctions: top.map(([name, us]) => ({ name, us: round(us * share) })),
    ratePerSecond,
    loadAverage,
    cpuUsPerTransaction: round(cpuUsPerTransaction),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
