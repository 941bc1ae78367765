import { execFileSync, spawnSync } from 'node:child_process';

/** Runs a system tool; throws what it complained about. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs it whatever comes of it: for clearing away. */
export function attempt(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: 'ignore' }).status === 0;
}
