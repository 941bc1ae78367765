import '../src/std/polyfill.ts';
import { appendFileSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import cliProgress from 'cli-progress';
import { projectFolder } from '../test/project/files.ts';
import { toolOptions } from '../test/project/tool-options.ts';
import { distilled, readCorpus, writeCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { cpuSecondsSince, type Failure, fuzz, type Report } from './engine.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

/*
 * npm run fuzz: changed inputs for every decoder, guided by the coverage of the runtime's own profiler.
 * Exits 0 when nothing was found, 1 when something was, 2 when the command line is wrong.
 */
const HELP = `npm run fuzz -- [options]
  --target <name>    only this target; may be given several times (--list names them)
  --seconds <n>      of processor per target (10): on a busy machine the clock says little
  --execs <n>        per target, instead of seconds: the same run for the same seed
  --seed <n>         1 by default
  --input <hex>      only runs this one input
  --save             keeps what reached something new in fuzz/corpus
  --json             one line of JSON per target
  --record <file>    appends these lines to a file
  --list             names the targets
`;
const TIME_MAX_MS = 1000;
const PROGRESS_MS = 500;

const { values } = toolOptions(HELP, {
  options: {
    target: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '10' },
    execs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    input: { type: 'string' },
    save: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    record: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const corpusFolder = path.join(projectFolder, 'fuzz', 'corpus');

if (values.help) process.stdout.write(HELP);
else if (values.list) process.stdout.write(`${TARGETS.map(({ name }) => name).join('\n')}\n`);
else process.exitCode = await main(chosenTargets());

function chosenTargets(): readonly Target[] {
  for (const name of values.target) {
    if (TARGETS.some((target) => target.name === name)) continue;
    process.stderr.write(`There is no target ${name}. ${HELP}`);
    process.exit(2);
  }
  return TARGETS.filter(({ name }) => values.target.length === 0 || values.target.includes(name));
}

async function main(targets: readonly Target[]): Promise<number> {
  const bar = startedBar(targets.length * perTarget());
  let found = 0;
  for (const [at, target] of targets.entries()) {
    if (values.input !== undefined) {
      const input = new Uint8Array(Buffer.from(values.input, 'hex'));
      process.stdout.write(`${target.name}: ${await target.check(input)}\n`);
    } else {
      const corpus = readCorpus(corpusFolder, target.name);
      const report = await run(target, corpus, (done, counts) => {
        bar.update(at * perTarget() + done, { target: target.name, ...counts });
      });
      found += report.failures.length;
      tell(report, corpus.length);
      if (values.save) await save(target, [...corpus, ...report.kept]);
      bar.update((at + 1) * perTarget());
    }
    await target.close?.();
  }
  bar.stop();
  return found === 0 ? 0 : 1;
}

/** Processor seconds of each target, or executions. */
function perTarget(): number {
  return Number(values.execs ?? values.seconds);
}

/** One bar for all targets. */
function startedBar(total: number): cliProgress.SingleBar {
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage} %  {target}: {execs} execs, {kept} kept, {failures} failures',
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  const nothing = { target: 'no target yet', execs: 0, kept: 0, failures: 0 };
  if (values.input === undefined) bar.start(total, 0, nothing);
  return bar;
}

type Counts = { readonly execs: number; readonly kept: number; readonly failures: number };

async function run(
  target: Target,
  corpus: readonly Uint8Array[],
  onProgress: (done: number, counts: Counts) => void,
): Promise<Report> {
  const started = process.cpuUsage();
  const doneAfter = (execs: number) =>
    values.execs === undefined ? cpuSecondsSince(started) : execs;
  let toldMs = performance.now();
  return fuzz(target, {
    seed: Number(values.seed),
    corpus,
    goOn: (execs) => doneAfter(execs) < perTarget(),
    coverage: newCoverage(),
    timeMaxMs: TIME_MAX_MS,
    onBatch: (counts) => {
      if (performance.now() - toldMs < PROGRESS_MS) return;
      toldMs = performance.now();
      onProgress(Math.min(perTarget(), Math.floor(doneAfter(counts.execs))), counts);
    },
  });
}

function tell(report: Report, corpus: number): void {
  const line = `${JSON.stringify({ ...figuresOf(report), corpus, node: process.version })}\n`;
  if (values.record !== undefined) {
    mkdirSync(path.dirname(values.record), { recursive: true });
    appendFileSync(values.record, line);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(values.json ? line : textOf(report));
}

async function save(target: Target, inputs: readonly Uint8Array[]): Promise<void> {
  const coverage = newCoverage();
  writeCorpus(corpusFolder, target.name, await distilled(target, inputs, coverage));
}

function newCoverage(): Coverage {
  const sources = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src');
  return new Coverage((url) => url.startsWith('file:') && fileURLToPath(url).startsWith(sources));
}

function figuresOf({ kept, failures, ...report }: Report) {
  return { ...report, kept: kept.length, failures: failures.map(shown), load: loadavg()[0] };
}

function shown({ input, ...failure }: Failure) {
  return { ...failure, input: Buffer.from(input).toString('hex') };
}

function textOf(report: Report): string {
  const { target, execs, cpuSeconds, blocks, answers, kept, allocated, failures } = report;
  const rate = Math.round(execs / Math.max(cpuSeconds, 0.001));
  const memory = `${(100 * allocated.share).toFixed(0)} % of the memory bound`;
  const line = `${target}: ${execs} execs, ${rate} per second of processor, ${blocks} blocks, ${answers} answers, ${kept.length} kept, ${memory}, ${failures.length} failures\n`;
  const details = failures
    .map(shown)
    .map(({ kind, detail, exec, input }) => `  ${kind} at exec ${exec}: ${detail}\n    ${input}\n`);
  return line + details.join('');
}
