import '../../std/polyfill.ts';
import { type Clock, drive } from './drive.ts';
import { type DriverOrder, type DriverWord, outcomesOf } from './drivers.ts';
import { openLink } from './open-link.ts';

/** Entry of one driver process of several (drivers.ts): one job, then it ends. */

const PROGRESS_MS = 200;
const stop = new AbortController();
let start: (clock: Clock) => void = () => undefined;
const started = new Promise<Clock>((resolve) => {
  start = resolve;
});

process.on('disconnect', () => process.exit(1));
process.on('message', (order: DriverOrder) => {
  if (order.kind === 'start') start(order.clock);
  else if (order.kind === 'stop') stop.abort();
  else void work(order);
});

async function work({ spec, job }: Extract<DriverOrder, { kind: 'job' }>): Promise<void> {
  const link = openLink(spec);
  const begin = () => {
    say({ kind: 'listening' });
    return started;
  };
  const before = process.cpuUsage();
  const { flights, retries, reposts } = await drive(job, link, begin, stop.signal, ({ counts }) => {
    setInterval(() => say({ kind: 'progress', counts: { ...counts } }), PROGRESS_MS).unref();
  });
  await link.close();
  const { user, system } = process.cpuUsage(before);
  const outcomes = outcomesOf(flights, retries, reposts);
  say({ kind: 'done', outcomes: { ...outcomes, childrenCpuMs: (user + system) / 1000 } });
}

function say(word: DriverWord): void {
  process.send?.(word);
}
