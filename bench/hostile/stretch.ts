import { readFileSync } from 'node:fs';
import { type BenchDevnet, threadMs } from '../devnet.ts';
import { growth, type Scrape, scrape } from '../prometheus.ts';
import type { Paid } from './honest.ts';

/** What honest clients saw for a few seconds, and what the validators did meanwhile, all of them together. */
export type Stretch = Paid & {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly blocks: number;
  readonly cuts: number;
  readonly rssMaxMiB: number;
  /** The longest time that some event loop was held up, by work or by the kernel. */
  readonly lagMaxMs: number;
};

export type Figures = {
  readonly sent: number;
  readonly final: number;
  /** How many of the others were told what. */
  readonly refused: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerSecond: number;
  readonly blocksPerSecond: number;
  readonly cutsPerSecond: number;
  readonly rssMaxMiB: number;
  readonly lagMaxMs: number;
};

export async function measured(devnet: BenchDevnet, pay: () => Promise<Paid>): Promise<Stretch> {
  const { pids, validators } = devnet;
  const metrics = () => scrape(validators.map((validator) => validator.metrics));
  const cpuMs = () => pids.flatMap(threadMs).reduce((sum, ms) => sum + ms, 0);
  const before = await metrics();
  const cpuBefore = cpuMs();
  const started = performance.now();
  const paid = await pay();
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuMs() - cpuBefore;
  const after = await metrics();
  return {
    ...paid,
    seconds,
    cpuMs: cpu,
    rssMaxMiB: Math.max(...pids.map(rssMiB)),
    blocks: growth(before, after, 'althing_blocks_built_total'),
    cuts: growth(before, after, 'althing_epoch', 'decided') / pids.length,
    lagMaxMs: 1000 * largest(after, 'althing_event_loop_lag_max_seconds'),
  };
}

/** Several stretches as one: of a few hundred payments the 99th percentile is a handful of them. */
export function together(stretches: readonly Stretch[]): Figures {
  const sum = (of: (one: Stretch) => number) => stretches.reduce((all, one) => all + of(one), 0);
  const most = (of: (one: Stretch) => number) => Math.round(Math.max(...stretches.map(of)));
  const seconds = sum((one) => one.seconds);
  const latencies = stretches.flatMap((one) => one.latenciesMs).sort((a, b) => a - b);
  const at = (share: number) => {
    const index = Math.min(latencies.length - 1, Math.floor(share * latencies.length));
    return Number((latencies[index] ?? Number.NaN).toFixed(1));
  };
  return {
    sent: sum((one) => one.sent),
    final: latencies.length,
    refused: countsOf(stretches.flatMap((one) => one.refused)),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMsPerSecond: Math.round(sum((one) => one.cpuMs) / seconds),
    blocksPerSecond: Math.round(sum((one) => one.blocks) / seconds),
    cutsPerSecond: Number((sum((one) => one.cuts) / seconds).toFixed(1)),
    rssMaxMiB: most((one) => one.rssMaxMiB),
    lagMaxMs: most((one) => one.lagMaxMs),
  };
}

/** One line: the figures, and their latencies as ratios to those of others. */
export function tell(
  name: string,
  figures: Figures,
  than: Readonly<Record<string, Figures>>,
  further: object = {},
): void {
  const ratio = (of: Figures, which: 'p50Ms' | 'p99Ms') =>
    Number((figures[which] / of[which]).toFixed(2));
  const ratios = Object.entries(than).map(([to, of]) => {
    return [`to ${to}`, { p50: ratio(of, 'p50Ms'), p99: ratio(of, 'p99Ms') }];
  });
  const line = { name, ...figures, ...Object.fromEntries(ratios), ...further };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function countsOf(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function largest(scraped: Scrape, name: string): number {
  const values = scraped.flat().filter((sample) => sample.name === name);
  return Math.max(...values.map(({ value }) => value));
}

function rssMiB(pid: number): number {
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}
