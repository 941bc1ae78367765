import { existsSync, readFileSync } from 'node:fs';
import { processorTicks } from '../../src/replay/processes.ts';

const TICK_MS = 10;

/** Processor time that each process has used so far; nothing where there is no /proc. */
export function processorOf(pids: readonly number[]): ReadonlyMap<number, number> {
  const used = new Map<number, number>();
  for (const pid of pids) {
    const file = `/proc/${pid}/stat`;
    if (existsSync(file)) used.set(pid, processorTicks(readFileSync(file, 'utf8')) * TICK_MS);
  }
  return used;
}
