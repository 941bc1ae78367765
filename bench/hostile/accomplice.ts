import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './attacker.ts';

const ATTACKER = fileURLToPath(new URL('./attacker.js', import.meta.url));

/** Runs the order in a process of its own while `meanwhile` runs here. */
export async function beside<T>(
  order: Order,
  meanwhile: () => Promise<T>,
): Promise<{ readonly result: T; readonly report: Report }> {
  const child = fork(ATTACKER, { serialization: 'advanced' });
  await once(child, 'message');
  child.send(order);
  const result = await meanwhile();
  const answered = once(child, 'message');
  child.send('stop');
  const [report] = await answered;
  return { result, report: report as Report };
}
