import '../../src/std/polyfill.ts';
import { flushStandardStreams } from '../../src/cli/standard-streams.ts';
import { toolOptions } from '../../test/project/tool-options.ts';
import { BenchDevnet } from '../devnet.ts';
import { settingsOf } from '../settings.ts';
import { ATTACKS, type AttackName } from './attacks.ts';
import { contention } from './contention.ts';
import { denial } from './denial.ts';
import { payHonestly } from './honest.ts';
import { Purse } from './purse.ts';
import type { Setting } from './setting.ts';

/*
 * npm run bench:hostile: what honest payments see while somebody attacks, as ratios to quiet stretches between
 * the attacked ones, and to a control: the processor time of the attacker's process used up without a word to
 * anybody, since here it takes the same cores. Exits 0 whatever the figures are, and 1 only when it could not
 * measure.
 */
const HELP = `npm run bench:hostile -- [options]
  --rate <n>        honest payments per second (20)
  --seconds <n>     length of each stretch (6)
  --rounds <n>      how often each stretch is measured, in turns; they count together (2)
  --warm-up <n>     seconds of many payments before anything is measured (20)
  --attack <name>   only this one; may be given several times: ${Object.keys(ATTACKS).join(', ')}
  --contention <n>  double spends as per cent of the load; several times (1, 10, 50)
  --place <where>   of double spends: all or lane (both)
  --only <part>     denial or contention
  --set <key=value> a setting of the validators (see althing start --help)
  --profile <folder> write there what the validators' threads do during each attack; then the figures mean little
  --port-base <n>   ports from here on; default: free ones
`;
const VALIDATORS = 4;
/** Per second, of payments: code that a validator has run for a while is compiled. */
const WARM_UP_RATE = 300;
const REST_MS = 2000;
/** Coins that an attack takes at most, per second. */
const ATTACKERS_RATE = 150;

const { values } = toolOptions(HELP, {
  options: {
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '2' },
    'warm-up': { type: 'string', default: '20' },
    attack: { type: 'string', multiple: true, default: Object.keys(ATTACKS) },
    contention: { type: 'string', multiple: true, default: ['1', '10', '50'] },
    place: { type: 'string', multiple: true, default: ['all', 'lane'] },
    only: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
    'port-base': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await main();
await flushStandardStreams();
process.exit(0);

async function main(): Promise<void> {
  const base = values['port-base'];
  const portBase = base === undefined ? {} : { portBase: Number(base) };
  const devnet = await BenchDevnet.start({
    validators: VALIDATORS,
    settings: settingsOf(values.set),
    profiled: values.profile !== undefined,
    ...portBase,
  });
  try {
    const setting = await settle(devnet);
    if (values.only !== 'contention') {
      for (const name of values.attack as AttackName[]) await denial(setting, name);
    }
    if (values.only !== 'denial') await contend(setting);
  } finally {
    await devnet.stop();
  }
}

/** Coins for everything, and a network that has been at work for a while. */
async function settle(devnet: BenchDevnet): Promise<Setting> {
  const [rate, seconds, rounds] = [values.rate, values.seconds, values.rounds].map(Number) as [
    number,
    number,
    number,
  ];
  const warmUp = Number(values['warm-up']);
  const attacks = values.only === 'contention' ? 0 : values.attack.length;
  const shares = values.only === 'denial' ? 0 : values.contention.length * values.place.length;
  const perSecond = attacks * (3 * rate + ATTACKERS_RATE) + shares * 2 * rate;
  const coins = Math.ceil(perSecond * seconds * rounds) + WARM_UP_RATE * warmUp;
  const purse = await Purse.fill(devnet, coins + 2000);
  const { targets } = devnet;
  const rest = () => new Promise<void>((resolve) => setTimeout(resolve, REST_MS));
  await payHonestly(purse, targets, WARM_UP_RATE, warmUp);
  await rest();
  const pay = (share = 1) => payHonestly(purse, targets, rate * share, seconds);
  return { devnet, purse, rate, seconds, rounds, pay, rest, profile: values.profile };
}

async function contend(setting: Setting): Promise<void> {
  for (const percent of values.contention.map(Number)) {
    for (const place of values.place) await contention(setting, percent, place === 'all');
  }
}
