import { readFile } from 'node:fs/promises';

/** USER_HZ, which Linux fixes for /proc whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time that the processes have used, in milliseconds, all threads, user and system; resolution
 * 10 ms. null when there are no pids, one of them is gone, or this is no Linux.
 */
export async function processorMs(pids: readonly number[]): Promise<number | null> {
  if (pids.length === 0) return null;
  try {
    const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')));
    return texts.reduce((sum, text) => sum + processorTicks(text), 0) * (1000 / TICKS_PER_SECOND);
  } catch {
    return null;
  }
}

/** Fields 14 and 15. The second field is a name in parentheses, which may hold blanks itself. */
export function processorTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
