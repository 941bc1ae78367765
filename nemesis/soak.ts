import { readdirSync, readFileSync } from 'node:fs';
import { diskUse } from '../bench/disk.ts';
import { scrape, total } from '../bench/prometheus.ts';
import type { MetricName } from '../src/metrics/names.ts';
import { quantilesOf } from '../src/replay/create-report.ts';
import type { Quantiles } from '../src/replay/report.ts';
import { createPrng } from '../src/std/prng.ts';
import type { Verdict } from './checker/check.ts';
import type { FinalNote } from './clients/load.ts';
import type { Fleet } from './cluster/fleet.ts';
import { hold, killAndRestart } from './faults/fault.ts';
import { longestGap } from './gap.ts';
import type { History } from './history/history.ts';
import { slopePerHour } from './slope.ts';
import { onFleet, type TrialOptions, underLoad } from './trial.ts';

export type SoakOptions = TrialOptions & {
  readonly seconds: number;
  /** Between which the payments go: the fewer, the more outputs each has. */
  readonly accounts: number;
};

type Sample = {
  readonly atMs: number;
  readonly residentBytes: number;
  /** Of these, what is mapped from files: the system may take it back whenever it wants. */
  readonly mappedBytes: number;
  readonly heapBytes: number;
  readonly descriptors: number;
  readonly diskBytes: number;
};

export type SoakResult = {
  readonly seconds: number;
  readonly crashes: number;
  readonly final: number;
  /** From the first sending to the answer that says final, ms: of what became final in either half. */
  readonly finality: { readonly firstHalf: Quantiles; readonly secondHalf: Quantiles };
  /** The longest time in which nothing became final, ms. */
  readonly longestPauseMs: number;
  /** Of one account, as a balance told it. */
  readonly mostOutputs: number;
  readonly samples: number;
  /** Of the validator that is never crashed, over the second half of the run. */
  readonly residentMbPerHour: number;
  readonly mappedMbPerHour: number;
  readonly heapMbPerHour: number;
  readonly residentMb: { readonly first: number; readonly last: number };
  readonly descriptors: { readonly least: number; readonly most: number };
  readonly diskBytesPerTransaction: number;
  readonly verdict: Verdict;
};

const CRASH_EVERY_MS = 60_000;
const DOWN_MS = 2000;
const SAMPLE_EVERY_MS = 5000;
/** This one lives through, so that its memory can be followed. */
const WATCHED = 0;

/** A long run at a steady rate with a crash every minute: what grows that should not? */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { validators, accounts, rate, seconds, seed, portBase, program, note } = options;
  const random = createPrng(`soak ${seed}`);
  const settings = { validators, portBase, accounts, program: () => program };
  return onFleet(settings, async (fleet) => {
    await fleet.start();
    const mix = { paymentsPerSecond: rate, readsPerSecond: rate / 10, rivals: 0.01, overdrafts: 0 };
    const samples: Sample[] = [];
    let crashes = 0;
    let noted: readonly FinalNote[] = [];
    const { finals, history, verdict } = await underLoad(
      fleet,
      { ...mix, seed },
      async ({ load }) => {
        const startMs = performance.now();
        for (let nextCrashMs = startMs + CRASH_EVERY_MS; ; await hold(SAMPLE_EVERY_MS)) {
          samples.push(await sampleOf(fleet));
          const nowMs = performance.now();
          if (nowMs - startMs > seconds * 1000) break;
          if (nowMs < nextCrashMs) continue;
          crashes += 1;
          await killAndRestart({ fleet, random }, [random.between(1, validators - 1)], DOWN_MS);
          // What was missed while one took long is not made up for: crashes would follow each other without a pause.
          while (nextCrashMs <= performance.now()) nextCrashMs += CRASH_EVERY_MS;
          note(line(samples.at(-1), load.finals.length, nowMs - startMs));
        }
        noted = load.finals.slice();
      },
    );
    const diskBytesPerTransaction = Math.round(diskGrowth(samples) / Math.max(1, finals));
    return {
      ...figures(samples),
      ...pace(noted),
      seconds,
      crashes,
      final: finals,
      mostOutputs: mostOutputs(history),
      diskBytesPerTransaction,
      verdict,
    };
  });
}

async function sampleOf(fleet: Fleet): Promise<Sample> {
  const { place, pid } = fleet.validator(WATCHED);
  const scraped = await scrape([place.metrics]);
  const value = (name: MetricName) => total(scraped, name);
  const { journalBytes, storeBytes } = diskUse(place.home);
  return {
    atMs: performance.now(),
    residentBytes: memoryOf(pid ?? 0, 'VmRSS'),
    mappedBytes: memoryOf(pid ?? 0, 'RssFile'),
    heapBytes: value('althing_process_heap_used_bytes'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    diskBytes: journalBytes + storeBytes,
  };
}

function memoryOf(pid: number, name: 'VmRSS' | 'RssFile'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kilobytes = '0'] = new RegExp(`${name}:\\s+(\\d+)`).exec(status) ?? [];
  return Number(kilobytes) * 1024;
}

function diskGrowth(samples: readonly Sample[]): number {
  return (samples.at(-1)?.diskBytes ?? 0) - (samples[0]?.diskBytes ?? 0);
}

function figures(samples: readonly Sample[]) {
  const half = samples.slice(samples.length >> 1);
  const slope = (value: (sample: Sample) => number) =>
    Math.round(slopePerHour(half.map((sample) => [sample.atMs, value(sample)])) / 1e5) / 10;
  const descriptors = half.map((sample) => sample.descriptors);
  return {
    samples: samples.length,
    residentMbPerHour: slope((sample) => sample.residentBytes),
    mappedMbPerHour: slope((sample) => sample.mappedBytes),
    heapMbPerHour: slope((sample) => sample.heapBytes),
    residentMb: { first: megabytes(half[0]), last: megabytes(half.at(-1)) },
    descriptors: { least: Math.min(...descriptors), most: Math.max(...descriptors) },
  };
}

function mostOutputs({ calls }: History): number {
  let most = 0;
  for (const { answer } of calls) {
    if (answer?.said.kind === 'balance') most = Math.max(most, answer.said.outputs);
  }
  return most;
}

/** `finals` in the order in which they were told. */
function pace(finals: readonly FinalNote[]) {
  const half = finals.length >> 1;
  const finality = {
    firstHalf: quantilesOf(latencies(finals.slice(0, half))),
    secondHalf: quantilesOf(latencies(finals.slice(half))),
  };
  const longestPauseMs = Math.round(longestGap(finals.map(({ finalMs }) => finalMs)));
  return { finality, longestPauseMs };
}

function latencies(finals: readonly FinalNote[]): Float64Array {
  return Float64Array.from(finals, ({ firstSentMs, finalMs }) => finalMs - firstSentMs).sort();
}

function megabytes(sample: Sample | undefined): number {
  return Math.round((sample?.residentBytes ?? 0) / 1e6);
}

function line(sample: Sample | undefined, finals: number, passedMs: number): string {
  const heap = Math.round((sample?.heapBytes ?? 0) / 1e6);
  const seconds = Math.round(passedMs / 1000);
  const mapped = Math.round((sample?.mappedBytes ?? 0) / 1e6);
  return `${seconds} s: ${finals} final, RSS ${megabytes(sample)} MB (${mapped} mapped), heap ${heap} MB, ${sample?.descriptors} descriptors`;
}
