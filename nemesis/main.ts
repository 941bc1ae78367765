import '../src/std/polyfill.ts';
import { parseArgs } from 'node:util';
import { freePortBase } from '../src/node/free-ports.ts';
import { FAULT_NAMES, type FaultName } from './faults/catalogue.ts';
import { run } from './run.ts';

/*
 * npm run nemesis: real processes, real faults. Exits 0 when nothing was violated, 1 when something was,
 * 2 on wrong usage.
 */
const HELP = `npm run nemesis -- [command] [options]

Commands
  assault (default)  faults at random under load; a checker decides what the clients saw
Options
  --validators <n>   4 by default
  --seconds <n>      length of the assault (60)
  --seed <n>         the same faults in the same order (1)
  --faults <list>    of ${FAULT_NAMES.join(', ')}; default: all that the machine can do
  --rate <n>         payments per second (60)
  --history <file>   where calls and answers are written, JSONL
  --port-base <n>    ports from here on; default: free ones
  --net <n>          network namespaces use 10.<n>.0.0/16 (231)
  --json             print the result as JSON
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    validators: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string' },
    rate: { type: 'string', default: '60' },
    history: { type: 'string' },
    'port-base': { type: 'string' },
    net: { type: 'string', default: '231' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

process.exit(values.help ? help() : await main());

function help(): number {
  process.stdout.write(HELP);
  return 0;
}

async function main(): Promise<number> {
  const [command = 'assault'] = positionals;
  if (command === 'assault') return assault();
  process.stderr.write(`unknown command "${command}"\n${HELP}`);
  return 2;
}

async function assault(): Promise<number> {
  const result = await run({
    ...(await common()),
    seconds: Number(values.seconds),
    faults: values.faults === undefined ? null : faultNames(values.faults),
    historyFile: values.history ?? null,
    net: Number(values.net),
  });
  const { violations, counts } = result.verdict;
  for (const { rule, detail } of violations.slice(0, 20)) note(`VIOLATED ${rule}: ${detail}`);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ ...result, faults: result.faults.length })}\n`);
  note(
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
  );
  note(
    `${result.faults.length} faults, ${result.starts} starts, ${result.inDoubt} in doubt, ${violations.length} violations`,
  );
  return violations.length === 0 && result.inDoubt === 0 ? 0 : 1;
}

async function common() {
  const validators = Number(values.validators);
  const portBase = Number(values['port-base'] ?? (await freePortBase(validators)));
  return { validators, portBase, seed: Number(values.seed), rate: Number(values.rate), note };
}

function faultNames(list: string): FaultName[] {
  const names = list.split(',');
  const known = names.flatMap((name) => FAULT_NAMES.find((one) => one === name) ?? []);
  if (known.length === names.length) return known;
  process.stderr.write(`unknown fault in "${list}"; there are ${FAULT_NAMES.join(', ')}\n`);
  process.exit(2);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
