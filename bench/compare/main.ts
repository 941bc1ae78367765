import '../../src/std/polyfill.ts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';
import type { LoadFigures } from '../../src/replay/load/figures.ts';
import { toolOptions } from '../../test/project/tool-options.ts';
import { commit } from '../commit.ts';
import { CELLS_BY_DEFAULT, parseCell, WrongUsage } from './cells.ts';
import { checkResults } from './check.ts';
import { resultText } from './console.ts';
import { largestScale } from './limit.ts';
import { CONTENDERS, type Contender } from './network.ts';
import { writeReport } from './report.ts';
import {
  type Cell,
  type CellResult,
  type CompareResult,
  cellKey,
  cellResult,
  type IdleResult,
  type LimitResult,
  RESULT_FORMAT,
} from './result.ts';
import { Stage } from './stage.ts';

const HELP = `npm run althing -- bench compare [options]
  --systems <list>      ${CONTENDERS.join(',')} (all)
  --cell <spec>         trace:scale[:from:seconds[:fault]]; may be given several times; without any, and without
                        --limit: ${CELLS_BY_DEFAULT.join(' and ')}
  --limit <spec>        the same form: search the largest scale from this one on
  --validators <n>      of every system (4; 5 with a fault)
  --repetitions <n>     of every cell, one system after the other (5)
  --warm-up <s>:<rate>  before every run (5:20)
  --drain <n>           seconds after the last payment, at most (30)
  --drivers <n>         processes that send (1)
  --idle <n>            measure every system at rest for so many seconds (10; 0: not)
  --learn <n>           rounds of Algorand before its timeouts are what it has learnt (45)
  --port-base <n>       first port of the Algorand networks (25500)
  --out <folder>        for result.json, report.html and *.png (bench/results/local)

npm run althing -- bench report <result.json>     writes the report beside it anew
npm run althing -- bench check <old.json> <new.json> [--tolerance 1.25]
                        fails when a ratio has become worse by more than that
`;

/** Results that a command reads. */
const FILES: Readonly<Record<string, number>> = { compare: 0, report: 1, check: 2 };

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

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof WrongUsage)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const [command, ...files] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  if (files.length !== FILES[command]) {
    throw new WrongUsage('compare takes no file, report one result.json, check two of them');
  }
  if (command === 'check') return check(readResult(files[0]!), readResult(files[1]!));
  if (command === 'compare') await compare();
  else await writeReport(readResult(files[0]!), path.dirname(files[0]!));
  return 0;
}

function check(before: CompareResult, after: CompareResult): number {
  const tolerance = Number(values.tolerance);
  if (!(tolerance >= 1)) {
    throw new WrongUsage(`--tolerance ${values.tolerance}: a number of 1 or more is wanted`);
  }
  const { all, worse } = checkResults(before, after, tolerance);
  const verdict = worse.length === 0 ? 'no ratio is worse' : `${worse.length} worse`;
  process.stdout.write(`${all.join('\n')}\n${verdict} by more than ${tolerance}\n`);
  return worse.length === 0 ? 0 : 1;
}

async function compare(): Promise<void> {
  const plan = planOf();
  const notRun: Partial<Record<Contender, string>> = {};
  for (const system of plan.systems) {
    const obstacle = Stage.obstacle(system);
    if (obstacle === null) continue;
    notRun[system] = obstacle;
    note(`${system}: ${obstacle}`);
  }
  const systems = plan.systems.filter((system) => notRun[system] === undefined);
  const stage = new Stage({
    warmUp: plan.warmUp,
    drainMs: Number(values.drain) * 1000,
    note,
    drivers: Number(values.drivers),
    portBase: Number(values['port-base']),
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
    note(durationText(plan, systems.length));
    await measureIdle(stage, systems, found);
    save();
    for (const cell of plan.cells) {
      found.cells.push(...(await measureCell(stage, systems, cell)));
      save();
    }
    for (const cell of plan.limits) {
      for (const system of systems) {
        note(`largest scale of ${cell.trace}: ${system}`);
        const run = (of: Contender, at: Cell) => stage.run(of, at);
        found.limits.push(await largestScale(system, cell, run));
        save();
      }
    }
    const result = save();
    await writeReport(result, values.out);
    process.stdout.write(`\n${resultText(result)}\n`);
    note(`result.json, report.html and the plots are in ${values.out}`);
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

/** What was asked for. Throws WrongUsage. */
function planOf() {
  const { systems, cell, limit } = values;
  const parse = (text: string) => parseCell(text, Number(values.validators));
  const isOpen = cell.length + limit.length === 0;
  const [, seconds, perSecond] = /^(\d{1,6}):(\d{1,6})$/.exec(values['warm-up']) ?? [];
  if (perSecond === undefined) throw new WrongUsage(`--warm-up ${values['warm-up']}: 5:20 is one`);
  return {
    systems: systems.split(',').map(contenderOf),
    cells: (isOpen ? [...CELLS_BY_DEFAULT] : cell).map(parse),
    limits: limit.map(parse),
    warmUp: { seconds: Number(seconds), perSecond: Number(perSecond) },
  };
}

/** So that nobody waits for a quarter of an hour without having been told. */
function durationText({ cells, limits, warmUp }: ReturnType<typeof planOf>, systems: number) {
  const repetitions = Number(values.repetitions);
  const turn = cells.reduce((sum, { seconds }) => sum + warmUp.seconds + seconds, 0);
  const minutes = Math.ceil((systems * (turn * repetitions + Number(values.idle))) / 60);
  const counts = `cells: ${cells.length}, systems: ${systems}, repetitions: ${repetitions}`;
  const searches = limits.length === 0 ? '' : `, and the searches of ${values.limit.join(', ')}`;
  return `${counts}; at least ${minutes} min${searches} (--repetitions, --cell, --systems make it less)`;
}

function contenderOf(name: string): Contender {
  const found = CONTENDERS.find((one) => one === name);
  if (found !== undefined) return found;
  throw new WrongUsage(`--systems: ${name} is none of ${CONTENDERS.join(', ')}`);
}

function readResult(file: string): CompareResult {
  const result = parsed(file) as CompareResult | null;
  if (result?.format === RESULT_FORMAT) return result;
  throw new WrongUsage(`${file}: this is no result of the form "${RESULT_FORMAT}"`);
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new WrongUsage(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
