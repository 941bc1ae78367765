import '../../src/std/polyfill.ts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';
import type { LoadFigures } from '../../src/replay/load/figures.ts';
import { toolOptions } from '../../test/tool-options.ts';
import { commit } from '../commit.ts';
import { checkResults } from './check.ts';
import { largestScale } from './limit.ts';
import { CONTENDERS, type Contender } from './network.ts';
import { writeReport } from './report.ts';
import {
  type Cell,
  type CellResult,
  type CompareResult,
  cellKey,
  cellResult,
  type Fault,
  type IdleResult,
  type LimitResult,
  RESULT_FORMAT,
} from './result.ts';
import { Stage } from './stage.ts';

const HELP = `npm run althing -- bench compare [options]
  --systems <list>      ${CONTENDERS.join(',')} (all)
  --cell <spec>         trace:scale[:from:seconds[:fault]]; may be given several times
  --limit <spec>        the same form: search the largest scale from this one on
  --validators <n>      of every system (4; 5 with a fault)
  --repetitions <n>     of every cell, one system after the other (5)
  --warm-up <s>:<rate>  before every run (5:20)
  --drain <s>           after the last payment (30)
  --drivers <n>         processes that send (1)
  --idle <s>            measure every system at rest for so long (10; 0: not)
  --learn <rounds>      of Algorand, before its timeouts are what it has learnt (45)
  --port-base <port>    of the Algorand networks (25500)
  --out <folder>        for result.json, report.html and *.png (bench/results/local)

npm run althing -- bench report <result.json>     writes the report beside it anew
npm run althing -- bench check <old.json> <new.json> [--tolerance 1.25]
                        fails when a ratio has become worse by more than that
`;

const { values, positionals } = toolOptions(HELP, {
  allowPositionals: true,
  options: {
    systems: { type: 'string', default: CONTENDERS.join(',') },
    cell: { type: 'string', multiple: true, default: [] },
    limit: { type: 'string', multiple: true, default: [] },
    validators: { type: 'string', default: '4' },
    repetitions: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '5:20' },
    drain: { type: 'string', default: '30' },
    drivers: { type: 'string', default: '1' },
    idle: { type: 'string', default: '10' },
    learn: { type: 'string', default: '45' },
    'port-base': { type: 'string', default: '25500' },
    tolerance: { type: 'string', default: '1.25' },
    out: { type: 'string', default: path.join('bench', 'results', 'local') },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const [command, ...files] = positionals;
  if (values.help || command === undefined) process.stdout.write(HELP);
  else if (command === 'compare') await compare();
  else if (command === 'report') await writeReport(readResult(files[0]), path.dirname(files[0]!));
  else if (command === 'check') {
    const lines = checkResults(
      readResult(files[0]),
      readResult(files[1]),
      Number(values.tolerance),
    );
    for (const line of lines.all) process.stdout.write(`${line}\n`);
    return lines.worse.length === 0 ? 0 : 1;
  } else {
    process.stderr.write(HELP);
    return 2;
  }
  return 0;
}

async function compare(): Promise<void> {
  const wanted = values.systems.split(',').map(contenderOf);
  const notRun: Partial<Record<Contender, string>> = {};
  for (const system of wanted) {
    const obstacle = Stage.obstacle(system);
    if (obstacle !== null) notRun[system] = obstacle;
  }
  const systems = wanted.filter((system) => notRun[system] === undefined);
  const [seconds = 5, perSecond = 20] = values['warm-up'].split(':').map(Number);
  const stage = new Stage({
    ...{ warmUp: { seconds, perSecond }, drainMs: Number(values.drain) * 1000, note },
    ...{ drivers: Number(values.drivers), portBase: Number(values['port-base']) },
    learnRounds: Number(values.learn),
  });
  const stop = async () => {
    await stage.close();
    process.exit(130);
  };
  process.once('SIGINT', () => void stop());
  process.once('SIGTERM', () => void stop());
  try {
    note(
      `load average before: ${loadavg()
        .map((load) => load.toFixed(2))
        .join(' ')}`,
    );
    const found: Found = { idle: [], cells: [], limits: [] };
    const save = () => {
      const result = { ...frame(), systems: stage.versions, notRun, ...found };
      mkdirSync(values.out, { recursive: true });
      writeFileSync(path.join(values.out, 'result.json'), `${JSON.stringify(result)}\n`);
      return result;
    };
    await measureIdle(stage, systems, found);
    save();
    for (const cell of values.cell.map(parseCell)) {
      found.cells.push(...(await measureCell(stage, systems, cell)));
      save();
    }
    for (const cell of values.limit.map(parseCell)) {
      for (const system of systems) {
        note(`largest scale of ${cell.trace}: ${system}`);
        const run = (of: Contender, at: Cell) => stage.run(of, at);
        found.limits.push(await largestScale(system, cell, run));
        save();
      }
    }
    await writeReport(save(), values.out);
    note(`written to ${values.out}`);
  } finally {
    await stage.close();
  }
}

type Found = { idle: IdleResult[]; cells: CellResult[]; limits: LimitResult[] };

async function measureIdle(stage: Stage, systems: readonly Contender[], into: Found) {
  const seconds = Number(values.idle);
  for (const system of systems) {
    if (system === 'null' || seconds === 0) continue;
    note(`at rest: ${system}`);
    into.idle.push(await stage.idle(system, Number(values.validators), seconds));
  }
}

/** System after system within a repetition, so that slow changes of the machine meet all of them. */
async function measureCell(
  stage: Stage,
  systems: readonly Contender[],
  cell: Cell,
): Promise<CellResult[]> {
  const runs = new Map(systems.map((system) => [system, [] as LoadFigures[]]));
  for (let turn = 1; turn <= Number(values.repetitions); turn++) {
    note(`${cellKey(cell)}, repetition ${turn}`);
    for (const system of systems) runs.get(system)!.push(await stage.run(system, cell));
  }
  return [...runs].map(([system, figures]) => cellResult(cell, system, figures));
}

function frame() {
  return {
    format: RESULT_FORMAT,
    date: new Date().toISOString(),
    commit: commit(),
    command: `bench ${process.argv.slice(2).join(' ')}`.replaceAll(`${process.cwd()}/`, ''),
    machine: {
      cores: cpus().length,
      model: cpus()[0]?.model ?? '',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      node: process.version,
    },
  } as const;
}

function parseCell(text: string): Cell {
  const [trace = '', scale = '1', from = '0', seconds = '30', fault = 'none'] = text.split(':');
  if (fault !== 'none' && fault !== 'crash') throw new Error(`--cell ${text}: fault none or crash`);
  const cell = { scale: Number(scale), from: Number(from), seconds: Number(seconds) };
  if (!(cell.scale > 0 && cell.from >= 0 && cell.seconds > 0)) throw new Error(`--cell ${text}`);
  const validators = Number(values.validators) + (fault === 'crash' ? 1 : 0);
  return { trace, ...cell, fault: fault as Fault, validators };
}

function contenderOf(name: string): Contender {
  const found = CONTENDERS.find((one) => one === name);
  if (found === undefined)
    throw new Error(`--systems: ${name} is none of ${CONTENDERS.join(', ')}`);
  return found;
}

function readResult(file: string | undefined): CompareResult {
  if (file === undefined) throw new Error('a result.json is missing');
  const result = JSON.parse(readFileSync(file, 'utf8')) as CompareResult;
  if (result.format === RESULT_FORMAT) return result;
  throw new Error(`${file}: the form is "${result.format}", this reads "${RESULT_FORMAT}"`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
