import '../../src/std/polyfill.ts';
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { BenchDevnet } from '../devnet.ts';
import { ATTACKS, type AttackName } from './attacks.ts';
import { type Contention, contend } from './contention.ts';
import { type Latency, payHonestly } from './honest.ts';
import { Purse } from './purse.ts';

/*
 * npm run bench:hostile: what honest payments see while somebody attacks, as ratios to the
 * quiet run right before it. Exits 0 whatever the figures are, and 1 only when it could not measure.
 */
const HELP = `npm run bench:hostile -- [options]
  --rate <n>        honest payments per second (20)
  --seconds <n>     length of each run (10)
  --attack <name>   only this one; may be given several times: ${Object.keys(ATTACKS).join(', ')}
  --contention <n>  double spends as per cent of the load; several times (1, 10, 50)
  --only <part>     denial or contention
  --port-base <n>   ports from here on; default: free ones
`;
const VALIDATORS = 4;

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
    attack: { type: 'string', multiple: true, default: Object.keys(ATTACKS) },
    contention: { type: 'string', multiple: true, default: ['1', '10', '50'] },
    only: { type: 'string' },
    'port-base': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);

type Run = {
  readonly name: string;
  readonly honest: Latency;
  readonly struck?: number;
  readonly contention?: Contention;
  readonly rssMaxMiB: number;
  readonly loadAverage: number;
};

if (values.help) process.stdout.write(HELP);
else await main();
process.exit(0);

async function main(): Promise<void> {
  const base = values['port-base'];
  const portBase = base === undefined ? {} : { portBase: Number(base) };
  const settings = {
    validators: VALIDATORS,
    settings: {},
    sharedChecks: false,
    profiled: false,
    ...portBase,
  };
  const devnet = await BenchDevnet.start(settings);
  try {
    const runs = 2 * values.attack.length + 4 * values.contention.length + 1;
    const purse = await Purse.fill(devnet, Math.ceil(rate * seconds * runs * 2) + 500);
    await quiet(devnet, purse, 'warm-up');
    if (values.only !== 'contention') await denial(devnet, purse);
    if (values.only !== 'denial') await contention(devnet, purse);
  } finally {
    await devnet.stop();
  }
}

async function denial(devnet: BenchDevnet, purse: Purse): Promise<void> {
  for (const name of values.attack as AttackName[]) {
    const before = await quiet(devnet, purse);
    const stop = new AbortController();
    // One listener for each socket that is held.
    setMaxListeners(0, stop.signal);
    const attack = ATTACKS[name](devnet, purse, stop.signal);
    const honest = await payHonestly(purse, devnet.targets, rate, seconds);
    stop.abort();
    tell({ name, honest, struck: await attack, ...around(devnet) }, before);
  }
}

async function contention(devnet: BenchDevnet, purse: Purse): Promise<void> {
  for (const percent of values.contention.map(Number)) {
    for (const spread of [true, false]) {
      const before = await quiet(devnet, purse);
      const pairsPerSecond = (rate * percent) / 100 / 2;
      const contested = contend(purse, devnet.targets, pairsPerSecond, seconds, spread);
      const honest = await payHonestly(purse, devnet.targets, rate, seconds);
      const name = `${percent} % ${spread ? 'through all' : 'beside one lane'}`;
      tell({ name, honest, contention: await contested, ...around(devnet) }, before);
    }
  }
}

/** Right before each attack: on a machine that others use too, only neighbours can be compared. */
async function quiet(devnet: BenchDevnet, purse: Purse, name = 'quiet'): Promise<Run> {
  const honest = await payHonestly(purse, devnet.targets, rate, seconds);
  const run = { name, honest, ...around(devnet) };
  tell(run, run);
  return run;
}

function around(devnet: BenchDevnet) {
  const rss = devnet.pids.map((pid) => {
    const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  });
  return { rssMaxMiB: Math.round(Math.max(...rss)), loadAverage: loadavg()[0] ?? 0 };
}

function tell(run: Run, than: Run): void {
  const ratio = (of: 'p50Ms' | 'p99Ms') => Number((run.honest[of] / than.honest[of]).toFixed(2));
  const { name, honest, ...rest } = run;
  const rounded = { ...honest, p50Ms: Math.round(honest.p50Ms), p99Ms: Math.round(honest.p99Ms) };
  const line = { name, ...rounded, p50Ratio: ratio('p50Ms'), p99Ratio: ratio('p99Ms'), ...rest };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
