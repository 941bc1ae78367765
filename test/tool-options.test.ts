import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** And a number of each. */
const TOOLS = {
  'bench/bench': 'seconds',
  'bench/growth': 'rate',
  'bench/hostile/hostile': 'contention',
  'bench/compare/main': 'drivers',
  'nemesis/main': 'kills',
  'fuzz/fuzz': 'execs',
} as const;

describe('the tools of the project', { timeout: 600_000 }, () => {
  for (const [tool, number] of Object.entries(TOOLS)) {
    it(`${tool} answers a wrong command line with what is right`, () => {
      const main = fileURLToPath(new URL(`../${tool}.js`, import.meta.url));
      const run = (...args: string[]) => {
        const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
          encoding: 'utf8',
        });
        return { status, stderr };
      };
      const strange = run('--nonsense');
      assert.equal(strange.status, 2, strange.stderr);
      assert.match(strange.stderr, /^Unknown option '--nonsense'.*\n\nnpm run /);
      const uncounted = run(`--${number}`, 'x1');
      assert.equal(uncounted.status, 2, uncounted.stderr);
      assert.ok(
        uncounted.stderr.startsWith(`--${number} x1: a whole number is wanted\n\nnpm run `),
      );
    });
  }
});
