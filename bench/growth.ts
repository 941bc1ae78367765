import '../src/std/polyfill.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import cliProgress from 'cli-progress';
import { faultsOf } from '../src/committee/committee.ts';
import { toolOptions } from '../test/project/tool-options.ts';
import { type CommitteeFigures, measureCommittee, measureVerify } from './micros.ts';

/*
 * npm run bench:growth: what a transaction and a block cost a validator, by the size of the committee. The protocol
 * is measured (bench/micro/growth); signatures, messages and syncs are added at what they cost on this machine.
 */
const HELP = `npm run bench:growth -- [options]
  --sizes <list>     committees (4,7,10,16,31,64,100)
  --rate <n>         transactions per simulated second (1000)
  --seconds <n>      simulated by large committees (2), small ones longer; at least half of it is measured
  --out <folder>     where the result is written (bench/results/local)
`;

/** Two intervals between blocks tell what belongs to a block from what belongs to a transaction. */
const INTERVALS_MS = { small: [50, 200], large: [200, 800] } as const;
const LARGE = 50;
/** Microseconds of processor time, of bench/micro/transport (300 B, 1 per tick; 64 KiB) and bench/micro/storage. */
const MESSAGE_US = { out: 37, in: 26 } as const;
const BYTE_US = { out: 0.0022, in: 0.0018 } as const;
/** An own block is alone in its sync, those of others are many at once. */
const RECORD_US = { own: 230, other: 10 } as const;

type Costs = {
  readonly validators: number;
  /** Microseconds per transaction and validator: protocol, a check by everybody, or by f + 1. */
  readonly txUs: { readonly protocol: number; readonly checked: number; readonly shared: number };
  /** Microseconds per block and validator that receives it, whatever is in it: protocol, and with messages and journal. */
  readonly blockUs: { readonly protocol: number; readonly all: number };
  readonly txBytes: number;
  /** Of a block without transactions. */
  readonly blockBytes: number;
  /** Transactions per second of one core, by the interval between a lane's blocks in milliseconds. */
  readonly perCore: Readonly<Record<number, { readonly checked: number; readonly shared: number }>>;
};

const { values } = toolOptions(HELP, {
  options: {
    sizes: { type: 'string', default: '4,7,10,16,31,64,100' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '2' },
    out: { type: 'string', default: path.join('bench', 'results', 'local') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const file = path.join(values.out, 'growth.json');
  const sizes = values.sizes.split(',').map(Number);
  const bar = new cliProgress.SingleBar({ format: '{bar} {value} of {total}: {what}' });
  bar.start(2 * sizes.length, 0, { what: 'checks' });
  const { usPerSignature } = await measureVerify();
  const checkUs = Math.min(...Object.values(usPerSignature));
  const measured: CommitteeFigures[] = [];
  const found: Costs[] = [];
  for (const n of sizes) {
    const pair: CommitteeFigures[] = [];
    for (const intervalMs of INTERVALS_MS[n < LARGE ? 'small' : 'large']) {
      bar.update({ what: `${n} validators, a block every ${intervalMs} ms` });
      pair.push(await measureCommittee(n, intervalMs, Number(values.rate), secondsFor(n)));
      bar.increment();
    }
    measured.push(...pair);
    found.push(costsOf(pair[0] as CommitteeFigures, pair[1] as CommitteeFigures, checkUs));
    writeFileSync(file, `${JSON.stringify({ checkUs, measured, found }, null, 2)}\n`);
  }
  bar.stop();
  process.stdout.write(`${table(found)}\n`);
  process.stderr.write(`written to ${file}\n`);
}

/** So long that as many steps are taken as in a large committee: the runtime compiles what runs hot. */
function secondsFor(n: number): number {
  return Number(values.seconds) * Math.max(1, Math.round(LARGE / n));
}

/** The line through two points: what grows with the blocks per transaction belongs to blocks. */
function costsOf(often: CommitteeFigures, seldom: CommitteeFigures, checkUs: number): Costs {
  const { validators } = often;
  const us = ({ usPerTx }: CommitteeFigures) => usPerTx.step + usPerTx.decode + usPerTx.root;
  const line = (of: (figures: CommitteeFigures) => number) => {
    const blocks = 1 / often.txsPerBlock - 1 / seldom.txsPerBlock;
    const perBlock = Math.max(0, (of(often) - of(seldom)) / blocks);
    return { perBlock, perTx: Math.max(0, of(seldom) - perBlock / seldom.txsPerBlock) };
  };
  const protocol = line(us);
  // What a validator sends of its own blocks to all others is what it receives of theirs.
  const bytes = line(({ bytesPerTx }) => (bytesPerTx * validators) / (validators - 1));
  const received = (validators - 1) / validators;
  const carried = (size: number) => size * received * (BYTE_US.out + BYTE_US.in);
  const messages = received * (MESSAGE_US.out + MESSAGE_US.in) + carried(bytes.perBlock);
  const records = RECORD_US.own / validators + RECORD_US.other * received;
  const all = protocol.perBlock + messages + records;
  const perTx = protocol.perTx + carried(bytes.perTx);
  const shared = ((faultsOf(validators) + 1) / validators) * checkUs;
  const txUs = { protocol: protocol.perTx, checked: perTx + checkUs, shared: perTx + shared };
  const perCore = (intervalMs: number) => {
    const left = Math.max(0, 1e6 - ((validators * 1000) / intervalMs) * all);
    return { checked: left / txUs.checked, shared: left / txUs.shared };
  };
  return {
    validators,
    txUs,
    blockUs: { protocol: protocol.perBlock, all },
    txBytes: bytes.perTx,
    blockBytes: bytes.perBlock,
    perCore: Object.fromEntries([50, 200, 1000].map((ms) => [ms, perCore(ms)])),
  };
}

function table(found: readonly Costs[]): string {
  const head = [
    'validators | us per tx: protocol / all check / f + 1 check | us per block: protocol / all | bytes: tx / block | tx/s per core (f + 1 check): 50 / 200 / 1,000 ms',
    '---|---|---|---|---',
  ];
  const rows = found.map(({ validators, txUs, blockUs, txBytes, blockBytes, perCore }) => {
    const whole = (value: number) => Math.round(value).toLocaleString('en');
    const cores = [50, 200, 1000].map((ms) => {
      const { checked = 0, shared = 0 } = perCore[ms] ?? {};
      return `${whole(checked)} (${whole(shared)})`;
    });
    return [
      String(validators),
      `${whole(txUs.protocol)} / ${whole(txUs.checked)} / ${whole(txUs.shared)}`,
      `${whole(blockUs.protocol)} / ${whole(blockUs.all)}`,
      `${whole(txBytes)} / ${whole(blockBytes)}`,
      cores.join(' / '),
    ].join(' | ');
  });
  return [...head, ...rows].map((row) => `| ${row} |`).join('\n');
}
