import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectFolder } from './files.ts';

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
  const main = fileURLToPath(new URL(`../../${tool}.js`, import.meta.url));
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

  it('bench and its comparisons say what is wrong before anything starts', () => {
    const complaints: Readonly<Record<string, string>> = {
      'bench --only nothing': '--only nothing: there is throughput,',
      'compare/main compare nasdaq': 'compare takes no file, report one result.json, check two',
      'compare/main compare --cell nasdaq:0': '"nasdaq:0" is no cell: the scale is',
      'compare/main check nowhere.json nowhere.json': 'nowhere.json cannot be read: ENOENT',
    };
    for (const [line, complaint] of Object.entries(complaints)) {
      const [tool = '', ...args] = line.split(' ');
      const { status, stderr } = run(`bench/${tool}`, ...args);
      assert.equal(status, 2, `${line}\n${stderr}`);
      assert.ok(stderr.startsWith(complaint) && stderr.includes('\n\nnpm run '), stderr);
    }
  });

  it('a check without a tolerance that is a number would pass whatever has changed', () => {
    const file = path.join(projectFolder, 'package.json');
    const kept = readdirSync(path.join(projectFolder, 'bench', 'results')).find((name) =>
      name.endsWith('-n4'),
    );
    const result = path.join(projectFolder, 'bench', 'results', kept ?? '', 'result.json');
    const check = (...args: string[]) => run('bench/compare/main', 'check', ...args);
    assert.equal(check(result, result).status, 0);
    const complaint = /^--tolerance x: a number of 1 or more is wanted\n\n/;
    assert.match(check(result, result, '--tolerance', 'x').stderr, complaint);
    assert.match(check(file, result).stderr, /this is no result of the form/);
  });

  it('a script without options runs nothing when it is asked for help', () => {
    for (const name of ['planted', 'seeds', 'coverage', 'test']) {
      const script = path.join(projectFolder, 'scripts', `${name}.mjs`);
      const asked = (option: string) =>
        spawnSync(process.execPath, [script, option], { encoding: 'utf8' });
      assert.match(asked('--help').stdout, /^npm (run|test) [\s\S]*\n {2}\S/, name);
      const strange = asked('--nonsense');
      assert.equal(strange.status, 2, name);
      assert.match(strange.stderr, /^Unknown option '--nonsense'\n\nnpm /);
    }
  });

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
