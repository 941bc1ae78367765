import '../src/std/polyfill.ts';
import path from 'node:path';
import { flushStandardStreams } from '../src/cli/standard-streams.ts';
import { freePortBase } from '../src/devnet/free-ports.ts';
import { FAILPOINTS } from '../src/storage/failpoint.ts';
import { toolOptions } from '../test/project/tool-options.ts';
import { check, type Verdict } from './checker/check.ts';
import { BUNDLE } from './cluster/validator.ts';
import { FAULT_NAMES } from './faults/catalogue.ts';
import { readHistory } from './history/file.ts';
import { runKills } from './kills.ts';
import { DAMAGES } from './matrix/damage.ts';
import { matrixTable, runMatrix } from './matrix/matrix.ts';
import { isRight, MatrixRecord } from './matrix/record.ts';
import { measureRecovery } from './recovery.ts';
import { runRolling } from './rolling.ts';
import { run } from './run.ts';
import { soak } from './soak.ts';
import type { Survival } from './trial.ts';

/*
 * npm run nemesis: real processes, real faults. Exits 0 when nothing was violated, 1 when something was,
 * 2 on wrong usage.
 */
const HELP = `npm run nemesis -- [command] [options]

Commands
  assault (default)  faults at random under load; a checker decides what the clients saw
  check <file>       the checker alone, on a history file
  matrix             a validator ended at every failpoint, its folder damaged, started again
  kills              kill -9 and restart again and again
  recovery           how long payments wait after each kind of fault
  rolling            clean restarts one by one under load, into another build and back
  soak               half load, a crash every minute: memory, descriptors, disk
Options
  --validators <n>   4 by default
  --seconds <n>      assault, soak: length (60); each fault of an assault strikes once in any case
  --seed <n>         the same faults in the same order (1)
  --rate <n>         payments per second (60)
  --faults <list>    assault: of ${FAULT_NAMES.join(', ')};
                     default: all that the machine can do
  --history <file>   assault: where calls and answers are written, JSONL
  --points <list>    matrix: failpoints; default: all
  --damages <list>   matrix: of ${DAMAGES.join(', ')}; default: all
  --accounts <n>     soak: between which the payments go (200); of a few, each soon has
                     more outputs than a page of the API
  --kills <n>        kills: how many (1000)
  --chunk <n>        kills, matrix: with a new devnet, and a verdict, after so many (100; of cells 8)
  --record <file>    matrix: what was run is noted there and left out the next time;
                     the result is that of all that is noted
  --other <file>     rolling: main file of the other build, dist/bundle/main.js or dist/src/main.js
                     of an older commit for instance; default: the same build
  --rounds <n>       recovery: measurements of each (3)
  --hold-ms <n>      recovery: length of an outage (5000)
  --port-base <n>    ports from here on; default: free ones
  --net <n>          network namespaces use 10.<n>.0.0/16 (231)
  --json             print the result as JSON
`;

/** Violations of one rule that are told in words. */
const TOLD_MAX = 20;

const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
const { values, positionals } = toolOptions(HELP, {
  allowPositionals: true,
  options: {
    validators: text('4'),
    seconds: text('60'),
    seed: text('1'),
    rate: text('60'),
    faults: text(''),
    history: text(''),
    points: text(''),
    damages: text(''),
    accounts: text('200'),
    kills: text('1000'),
    chunk: text(''),
    record: text(''),
    other: text(''),
    rounds: text('3'),
    'hold-ms': text('5000'),
    'port-base': text(''),
    net: text('231'),
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** What a command found, and whether that is as it should be. */
type Report = { readonly isRight: boolean; readonly result: unknown };

const COMMANDS: Readonly<Record<string, () => Promise<Report>>> = {
  assault,
  check: checkFile,
  matrix,
  kills,
  recovery,
  rolling,
  soak: soakRun,
};

// Leaving runs what takes down namespaces, disks and validators; dying of a signal would not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(130));
}
const code = await main();
await flushStandardStreams();
process.exit(code);

async function main(): Promise<number> {
  const command = COMMANDS[positionals[0] ?? 'assault'];
  if (values.help || command === undefined) {
    process.stderr.write(HELP);
    return values.help ? 0 : 2;
  }
  const { isRight, result } = await command();
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return isRight ? 0 : 1;
}

async function assault(): Promise<Report> {
  const result = await run({
    ...(await common()),
    seconds: Number(values.seconds),
    faults: values.faults === '' ? null : chosen(values.faults, FAULT_NAMES),
    historyFile: values.history === '' ? null : values.history,
  });
  const { faults, left, inDoubt, starts, verdict } = result;
  tell(verdict);
  note(`${faults.length} faults, ${starts} starts, ${inDoubt} in doubt`);
  return {
    isRight: verdict.violations.length === 0 && inDoubt === 0,
    result: { faults: faults.length, notPossible: left, inDoubt, starts, ...verdict },
  };
}

async function checkFile(): Promise<Report> {
  const [, file] = positionals;
  if (file === undefined) throw new Error('name a history file');
  const verdict = check(readHistory(file));
  tell(verdict);
  return { isRight: verdict.violations.length === 0, result: verdict };
}

async function matrix(): Promise<Report> {
  const found = await runMatrix({
    ...(await common()),
    points: values.points === '' ? FAILPOINTS : chosen(values.points, FAILPOINTS),
    damages: values.damages === '' ? DAMAGES : chosen(values.damages, DAMAGES),
    chunk: Number(values.chunk || 8),
    record: values.record === '' ? null : new MatrixRecord(values.record),
  });
  const { cells, conflicts, slots, deaths, inDoubt, verdict } = found;
  process.stdout.write(`${matrixTable(cells)}\n`);
  for (const conflict of conflicts) note(`SIGNED TWICE ${conflict}`);
  for (const words of deaths) note(`ENDED BY ITSELF ${words}`);
  tell(verdict);
  const wrong = cells.filter(({ isRight }) => !isRight).length;
  note(
    `${cells.length} cells, ${wrong} wrong; ${slots} slots, ${conflicts.length} signed twice; ${inDoubt} in doubt, ${deaths.length} others ended by themselves`,
  );
  return { isRight: isRight(found), result: found };
}

async function kills(): Promise<Report> {
  const counts = { kills: Number(values.kills), chunk: Number(values.chunk || 100) };
  const result = await runKills({ ...(await common()), ...counts });
  return { isRight: tellSurvival(result), result };
}

async function rolling(): Promise<Report> {
  const shared = await common();
  const other = values.other === '' ? shared.program : path.resolve(values.other);
  const result = await runRolling({ ...shared, other });
  const isRight = tellSurvival(result);
  const { restarts, acknowledged, inDoubt } = result;
  note(`${restarts} restarts, ${acknowledged} acknowledged, ${inDoubt} in doubt`);
  return { isRight, result };
}

async function recovery(): Promise<Report> {
  const times = { rounds: Number(values.rounds), holdMs: Number(values['hold-ms']) };
  const result = await measureRecovery({ ...(await common()), ...times });
  const late = result.filter(({ ms, limitMs }) => ms.some((one) => one > limitMs));
  for (const { what, limitMs } of late) note(`over ${limitMs} ms: ${what}`);
  return { isRight: late.length === 0, result };
}

async function soakRun(): Promise<Report> {
  const { seconds, accounts } = values;
  const counts = { seconds: Number(seconds), accounts: Number(accounts) };
  const result = await soak({ ...(await common()), ...counts });
  const { verdict, ...figures } = result;
  tell(verdict);
  note(JSON.stringify(figures, null, 2));
  return { isRight: verdict.violations.length === 0, result };
}

async function common() {
  const validators = Number(values.validators);
  const base = values['port-base'];
  const portBase = base === '' ? await freePortBase(validators) : Number(base);
  const { seed, rate, net } = values;
  const numbers = { seed: Number(seed), rate: Number(rate), net: Number(net) };
  return { validators, portBase, program: BUNDLE, note, ...numbers };
}

function chosen<T extends string>(list: string, known: readonly T[]): T[] {
  const names = list.split(',');
  const found = names.flatMap((name) => known.find((one) => one === name) ?? []);
  if (found.length === names.length) return found;
  note(`unknown name in "${list}"; there are ${known.join(', ')}`);
  process.exit(2);
}

/** Some of each rule, and how many: what is often must not hide what is rare. */
function tell({ violations, counts }: Verdict): void {
  for (const broken of new Set(violations.map(({ rule }) => rule))) {
    const all = violations.filter(({ rule }) => rule === broken);
    for (const { rule, detail } of all.slice(0, TOLD_MAX)) note(`VIOLATED ${rule}: ${detail}`);
    note(`VIOLATED ${broken}: ${all.length} times`);
  }
  const figures = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  note(`${violations.length} violations in ${figures.join(', ')}`);
}

/** Is all as it should be? */
function tellSurvival({ violations, deaths, inDoubt }: Survival): boolean {
  for (const { rule, detail } of violations) note(`VIOLATED ${rule}: ${detail}`);
  for (const words of deaths) note(`ENDED BY ITSELF ${words}`);
  return violations.length === 0 && inDoubt === 0 && deaths.length === 0;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
