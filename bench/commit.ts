import { execFileSync } from 'node:child_process';

/** Of which build figures are; `unknown` where this is no clone. */
export function commit(): string {
  try {
    const command = ['rev-parse', '--short', 'HEAD'];
    return execFileSync('git', command, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}
