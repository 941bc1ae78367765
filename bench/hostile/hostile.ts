import '../../src/std/polyfill.ts';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BenchDevnet, threadMs } from '../devnet.ts';
import { beside } from './accomplice.ts';
import { armsFor } from './arms.ts';
import { ATTACKS, type AttackName } from './attacks.ts';
import { type Contention, contend } from './contention.ts';
import { type Latency, payHonestly } from './honest.ts';
import { Purse } from './purse.ts';

/*
 * npm run bench:hostile: what honest payments see while somebody attacks, as ratios to the quiet run right
 * before it and to a control right after it: the processor time of the attacker's process used up without a
 * word to anybody, since here it takes the same cores. Exits 0 whatever the figures are, and 1 only when it
 * could not measure.
 */
const HELP = `npm run bench:hostile -- [options]
  --rate <n>        honest payments per second (20)
  --seconds <n>     length of each run (10)
  --warm-up <n>     seconds of many payments before anything is measured (20)
  --attack <name>   only this one; may be given several times: ${Object.keys(ATTACKS).join(', ')}
  --contention <n>  double spends as per cent of the load; several times (1, 10, 50)
  --only <part>     denial or contention
  --profile <folder> write there what the validators' threads do during each attack; then the figures mean little
  --port-base <n>   ports from here on; default: free ones
`;
const VALIDATORS = 4;

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '20' },
    attack: { type: 'string', multiple: true, default: Object.keys(ATTACKS) },
    contention: { type: 'string', multiple: true, default: ['1', '10', '50'] },
    only: { type: 'string' },
    profile: { type: 'string' },
    'port-base': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);

type Run = {
  readonly name: string;
  readonly honest: Latency;
  /** Processor time of all validators together, per second. */
  readonly cpuMsPerSecond: number;
  readonly rssMaxMiB: number;
  readonly loadAverage: number;
  readonly contention?: Contention;
  /** How often the attacker struck, and its own processor time per second. */
  readonly struck?: number;
  readonly attackerMsPerSecond?: number;
};

/** Per second, of payments: code that a validator has run for a while is compiled. */
const WARM_UP_RATE = 300;
/** Before the next run: what an attack has left behind is no part of it. */
const REST_MS = 2000;

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
    profiled: values.profile !== undefined,
    ...portBase,
  };
  const devnet = await BenchDevnet.start(settings);
  try {
    const runs = 3 * values.attack.length + 4 * values.contention.length + 1;
    const warmUp = WARM_UP_RATE * Number(values['warm-up']);
    const purse = await Purse.fill(devnet, Math.ceil(rate * seconds * runs * 2) + warmUp + 2000);
    await payHonestly(purse, devnet.targets, WARM_UP_RATE, Number(values['warm-up']));
    await rest();
    if (values.only !== 'contention') await denial(devnet, purse);
    if (values.only !== 'denial') await contention(devnet, purse);
  } finally {
    await devnet.stop();
  }
}

async function denial(devnet: BenchDevnet, purse: Purse): Promise<void> {
  for (const name of values.attack as AttackName[]) {
    const arms = armsFor(name, devnet, purse, seconds);
    const quiet = await honestly('quiet', devnet, purse);
    const order = { kind: 'attack', name, arms } as const;
    if (values.profile !== undefined) await devnet.startProfile();
    const attack = await beside(order, () => measured(name, devnet, purse));
    if (values.profile !== undefined) await keepProfiles(devnet, name, values.profile);
    const share = attack.report.cpuMs / 1000 / seconds;
    await rest();
    const burn = { kind: 'burn', share } as const;
    const control = await beside(burn, () => measured('control', devnet, purse));
    const { struck, cpuMs } = attack.report;
    const attackerMsPerSecond = Math.round(cpuMs / seconds);
    tell({ ...attack.result, struck, attackerMsPerSecond }, { quiet, control: control.result });
    tell(control.result, { quiet });
    await rest();
  }
}

/** Named by attack, validator and thread; any reader of V8's profiles opens them. */
async function keepProfiles(devnet: BenchDevnet, name: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [validator, { files }] of (await devnet.stopProfile()).entries()) {
    for (const [thread, file] of files.entries()) {
      copyFileSync(file, path.join(folder, `${name}-${validator}-${thread}.cpuprofile`));
    }
  }
}

async function contention(devnet: BenchDevnet, purse: Purse): Promise<void> {
  for (const percent of values.contention.map(Number)) {
    for (const spread of [true, false]) {
      const quiet = await honestly('quiet', devnet, purse);
      const pairsPerSecond = (rate * percent) / 100 / 2;
      const contested = contend(purse, devnet.targets, pairsPerSecond, seconds, spread);
      const name = `${percent} % ${spread ? 'through all' : 'beside one lane'}`;
      const run = await measured(name, devnet, purse);
      tell({ ...run, contention: await contested }, { quiet });
      await rest();
    }
  }
}

async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
}

/** Right before each attack: on a machine that others use too, only neighbours can be compared. */
async function honestly(name: string, devnet: BenchDevnet, purse: Purse): Promise<Run> {
  const run = await measured(name, devnet, purse);
  tell(run, {});
  return run;
}

async function measured(name: string, devnet: BenchDevnet, purse: Purse): Promise<Run> {
  const cpuMs = () => devnet.pids.flatMap(threadMs).reduce((sum, ms) => sum + ms, 0);
  const before = cpuMs();
  const started = performance.now();
  const honest = await payHonestly(purse, devnet.targets, rate, seconds);
  const tookSeconds = (performance.now() - started) / 1000;
  const cpuMsPerSecond = Math.round((cpuMs() - before) / tookSeconds);
  return { name, honest, cpuMsPerSecond, ...around(devnet) };
}

function around(devnet: BenchDevnet) {
  const rss = devnet.pids.map((pid) => {
    const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  });
  return { rssMaxMiB: Math.round(Math.max(...rss)), loadAverage: loadavg()[0] ?? 0 };
}

function tell(run: Run, than: Readonly<Record<string, Run>>): void {
  const { name, honest, ...others } = run;
  const rounded = { ...honest, p50Ms: Math.round(honest.p50Ms), p99Ms: Math.round(honest.p99Ms) };
  const ratio = (of: Run, figure: 'p50Ms' | 'p99Ms') =>
    Number((honest[figure] / of.honest[figure]).toFixed(2));
  const ratios = Object.entries(than).map(([to, of]) => {
    return [`to ${to}`, { p50: ratio(of, 'p50Ms'), p99: ratio(of, 'p99Ms') }];
  });
  const line = { name, ...rounded, ...Object.fromEntries(ratios), ...others };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
