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
  'mutation/mutation': 'sample',
} as const;

function run(tool: string, ...args: string[]) {
  const main = fileURLToPath(new URL(`../${tool}.js`, import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stderr };
}

describe('the tools of the project', { timeout: 600_000 }, () => {
  for (const [tool, number] of Object.entries(TOOLS)) {
    it(`${tool} answers a wrong command line with what is right`, () => {
      const strange = run(tool, '--nonsense');
      assert.equal(strange.status, 2, strange.stderr);
      assert.match(strange.stderr, /^Unknown option '--nonsense'.*\n\nnpm run /);
      const uncounted = run(tool, `--${number}`, 'x1');
      assert.equal(uncounted.status, 2, uncounted.stderr);
      assert.ok(
        uncounted.stderr.startsWith(`--${number} x1: a whole number is wanted\n\nnpm run `),
      );
    });
  }

  it('mutation says which name or limit is wrong, before it builds anything', () => {
    const complaints = {
      layer: ['sim', 'there is none of this name'],
      judge: ['nobody', 'there is none of this name'],
      cpu: ['0', 'seconds above 0 are wanted'],
    };
    for (const [option, [value, complaint]] of Object.entries(complaints)) {
      const { status, stderr } = run('mutation/mutation', `--${option}`, String(value));
      assert.equal(status, 2, stderr);
      assert.ok(stderr.startsWith(`--${option} ${value}: ${complaint}\n\nnpm run `), stderr);
    }
  });
});
