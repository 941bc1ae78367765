import '../src/std/polyfill.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { flushStandardStreams } from '../src/cli/standard-streams.ts';
import { faultsOf } from '../src/committee/committee.ts';
import { toolOptions } from '../test/project/tool-options.ts';
import { commit } from './commit.ts';
import { BenchDevnet } from './devnet.ts';
import { Load } from './load.ts';
import { judge, type MarkName, markText, type Verdict } from './marks.ts';
import { type CutFigures, measureCut, measureVerify, type VerifyFigures } from './micros.ts';
import {
  figuresOf,
  type ProfileFigures,
  profilePass,
  type RunFigures,
  type Settings,
} from './passes.ts';
import { searchRate } from './search.ts';
import { settingsOf } from './settings.ts';
import { countsText, latencyText, printRows, type Row, runRows } from './table.ts';

/*
 * npm run bench: what the system does on this machine, against its marks. Exits 0 whatever the figures
 * are, and 1 only when it could not measure.
 */
const HELP = `npm run bench -- [options]
  --rate <n>         hold this rate instead of searching for the highest
  --seconds <n>      length of the long run (60)
  --warm-up <n>      seconds at 1,000 tx/s before anything is measured (10): the runtime compiles the code that runs
                     hot, which takes it minutes in four processes on two cores
  --quick            short runs: shows that the bench works, its figures mean little
  --only <part>      throughput, latency, profile, micro; may be given several times
  --set <key=value>  a setting of the validators (see althing start --help)
  --validators <n>   of the devnet (4)
  --no-shared-checks of a network in which every validator checks every witness (docs/adr/0018)
  --out <folder>     where the result is written (bench/results/local)

npm run bench -- compare | report | check   other systems beside it: npm run bench -- compare --help
`;
const ONLY = ['throughput', 'latency', 'profile', 'micro'] as const;
const SHARES = [0.1, 0.5, 0.9] as const;
const WARM_UP_RATE = 1000;
const CUT_TRANSACTIONS = 10_000;
/** A held rate that turns out too high is lowered so often. */
const HOLDS_MAX = 4;
const LOWERED = 0.88;

type Result = {
  readonly date: string;
  readonly commit: string;
  readonly machine: { readonly cores: number; readonly model: string; readonly node: string };
  readonly validators: number;
  readonly settings: Settings;
  readonly sharedChecks: boolean;
  loadAverageBefore: readonly number[];
  sustained?: RunFigures;
  latency?: readonly RunFigures[];
  profile?: ProfileFigures;
  cut?: CutFigures;
  verify?: VerifyFigures;
  signatureBound?: SignatureBound;
  verdicts: readonly Verdict[];
};

type SignatureBound = {
  /** Of each payment, by all validators together. */
  readonly checks: number;
  readonly usEach: number;
  readonly perSecond: number;
};

const { values } = toolOptions(HELP, {
  allowNegative: true,
  options: {
    rate: { type: 'string' },
    seconds: { type: 'string' },
    'warm-up': { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [...ONLY] },
    set: { type: 'string', multiple: true, default: [] },
    validators: { type: 'string', default: '4' },
    'shared-checks': { type: 'boolean', default: true },
    out: { type: 'string', default: path.join('bench', 'results', 'local') },
    help: { type: 'boolean', default: false },
  },
});

const VALIDATORS = Number(values.validators);
const unknown = values.only.find((part) => !ONLY.some((known) => known === part));

if (values.help) process.stdout.write(HELP);
else if (unknown === undefined) await main();
else process.stderr.write(`--only ${unknown}: there is ${ONLY.join(', ')}\n\n${HELP}`);
await flushStandardStreams();
process.exit(unknown === undefined ? 0 : 2);

async function main(): Promise<void> {
  const wants = (part: (typeof ONLY)[number]) => values.only.includes(part);
  const settings = settingsOf(values.set);
  const result = emptyResult(settings);
  note(`load average before: ${result.loadAverageBefore.join(' ')}`);
  let rate = Number(values.rate ?? 0);
  if (wants('throughput') || wants('latency')) rate = await loadPasses(result, rate);
  if (wants('throughput')) await signatureBound(result);
  if (wants('profile')) await profile(result, Math.max(1, Math.round(0.7 * (rate || 500))));
  if (wants('micro')) await micros(result);
  finish(result);
}

/** Returns the rate that was sustained. */
async function loadPasses(result: Result, wanted: number): Promise<number> {
  const { quick, only } = values;
  const devnet = await BenchDevnet.start({
    validators: VALIDATORS,
    settings: result.settings,
    sharedChecks: result.sharedChecks,
    profiled: false,
  });
  try {
    const load = await Load.prepare(devnet);
    note('warming up');
    const { perSecond, seconds } = warmUp();
    await load.run(perSecond, seconds);
    let rate = wanted;
    if (rate === 0) {
      note('searching for the highest sustained rate');
      rate = await searchRate(load, { from: quick ? 100 : 500, seconds: quick ? 4 : 8, note });
    }
    if (only.includes('throughput')) rate = await hold(load, rate, result);
    if (only.includes('latency')) result.latency = await latencies(load, rate);
    return rate;
  } finally {
    await devnet.stop();
  }
}

function warmUp() {
  const { quick } = values;
  const seconds = Number(values['warm-up'] ?? (quick ? 2 : 10));
  return { perSecond: quick ? 100 : WARM_UP_RATE, seconds };
}

async function hold(load: Load, from: number, result: Result): Promise<number> {
  const seconds = Number(values.seconds ?? (values.quick ? 10 : 60));
  let rate = Math.max(1, from);
  for (let turn = 1; ; turn += 1) {
    note(`holding ${rate} tx/s for ${seconds} s`);
    const figures = figuresOf(await load.run(rate, seconds));
    const title = `Throughput (${VALIDATORS} validators, one process each, driver on the same machine)`;
    printRows(title, runRows(figures));
    result.sustained = figures;
    if (figures.faults.length === 0 || turn === HOLDS_MAX) return rate;
    rate = Math.max(1, Math.round(rate * LOWERED));
  }
}

/** What the cores could check of payments of one signature if nobody did anything else. */
async function signatureBound(result: Result): Promise<void> {
  result.verify = await measureVerify();
  const { verify, machine, sharedChecks } = result;
  const checks = sharedChecks ? faultsOf(VALIDATORS) + 1 : VALIDATORS;
  const usEach = verify.usPerSignature[verify.backend] ?? 0;
  const perSecond = Math.round((machine.cores * 1e6) / (checks * usEach));
  result.signatureBound = { checks, usEach, perSecond };
}

async function latencies(load: Load, rate: number): Promise<RunFigures[]> {
  const found: RunFigures[] = [];
  for (const share of SHARES) {
    const part = Math.max(1, Math.round(rate * share));
    note(`latency at ${share * 100} %: ${part} tx/s`);
    found.push(figuresOf(await load.run(part, values.quick ? 4 : 20)));
  }
  printRows(
    'Finality, from the intended time of sending, read at another validator',
    found.map((figures, at): Row => {
      const share = `${(SHARES[at] ?? 0) * 100} %`;
      const { cpuUsPerTransaction, txsPerBlock } = figures;
      const more = `${cpuUsPerTransaction} us per tx, ${txsPerBlock} tx per block`;
      return [share, `${latencyText(figures)}, ${more}`];
    }),
  );
  return found;
}

async function profile(result: Result, rate: number): Promise<void> {
  note(`profiling at ${rate} tx/s`);
  const { validators, settings, sharedChecks } = result;
  const options = { validators, settings, sharedChecks };
  const figures = await profilePass(options, {
    perSecond: rate,
    seconds: values.quick ? 5 : 15,
    warmUp: warmUp(),
  });
  result.profile = figures;
  printRows('CPU by part, microseconds per transaction over all validators', [
    ...Object.entries(figures.usByPart).map(([part, us]): Row => [part, us.toFixed(1)]),
    ['all', `${figures.cpuUsPerTransaction} (with the cost of the profiler)`],
  ]);
  printRows(
    'Functions with the most self time',
    figures.topFunctions.slice(0, 25).map(({ name, us }): Row => [us.toFixed(1), name]),
  );
}

async function micros(result: Result): Promise<void> {
  note('micro benches');
  const cut = await measureCut(values.quick ? 1000 : CUT_TRANSACTIONS);
  const verify = result.verify ?? (await measureVerify());
  result.cut = cut;
  result.verify = verify;
  const { msByPart, longestMsByPart } = cut;
  printRows(`A cut of ${cut.transactions} transactions, one validator`, [
    ...Object.entries(msByPart).map(
      ([part, ms]): Row => [part, `${ms} ms, longest piece ${longestMsByPart[part]} ms`],
    ),
    ['load average', loadavg()[0]?.toFixed(2) ?? ''],
  ]);
  printRows('Signatures', [
    ['us each', countsText(verify.usPerSignature)],
    ['noble / native', `${verify.nobleOverBackend} times`],
    ['us each in a worker, by batch size', countsText(verify.usByBatchSize)],
  ]);
}

function finish(result: Result): void {
  const half = result.latency?.[1]?.latencyMs.p50 ?? null;
  const { sustained } = result;
  const isSustained = sustained !== undefined && sustained.faults.length === 0;
  const perSecond = isSustained ? sustained.perSecond : null;
  const bound = result.signatureBound ?? null;
  const ofBound: MarkName = result.sharedChecks ? 'signatureBoundShared' : 'signatureBoundAll';
  result.verdicts = [
    judge('sustainedPerSecond', perSecond),
    judge(ofBound, perSecond && bound && (100 * perSecond) / bound.perSecond),
    judge('halfLoadP50Ms', half),
    judge('cpuUsPerTransaction', sustained?.cpuUsPerTransaction ?? null),
  ];
  if (bound !== null) printRows('Checks of signatures alone', [boundRow(bound)]);
  printRows(
    'Marks',
    result.verdicts.map((verdict): Row => [verdict.mark, markText(verdict)]),
  );
  mkdirSync(values.out, { recursive: true });
  const file = path.join(values.out, `${result.date.slice(0, 10)}-${result.commit}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  note(`written to ${file}`);
}

function boundRow({ checks, usEach, perSecond }: SignatureBound): Row {
  return ['at most', `${perSecond} tx/s: ${checks} checks of ${usEach} us each per payment`];
}

function emptyResult(settings: Settings): Result {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? '', node: process.version },
    validators: VALIDATORS,
    settings,
    sharedChecks: values['shared-checks'] && faultsOf(VALIDATORS) > 0,
    loadAverageBefore: loadavg().map((load) => Math.round(load * 100) / 100),
    verdicts: [],
  };
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
