import process from 'node:process';

/** Processor time of this process so far, all of its threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
