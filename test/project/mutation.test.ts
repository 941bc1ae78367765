import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CPU_MS_MAX, chosen } from '../../mutation/choice.ts';
import type { Reaching } from '../../mutation/coverage.ts';
import * as harness from '../../mutation/harness.ts';
import { judgeAll } from '../../mutation/judge.ts';
import type { Mutant } from '../../mutation/mutant.ts';
import { LAYERS, layerOf, placeOf, spliced } from '../../mutation/mutant.ts';
import { sampled, wilson } from '../../mutation/sample.ts';
import { JUDGES } from '../../mutation/tests.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { projectFolder, readProjectFile } from './files.ts';

const mutant = (id: number, layer: string): Mutant => ({
  id,
  file: `src/${layer}/x.ts`,
  mutator: 'EqualityOperator',
  replacement: 'a !== b',
  start: { line: 1, column: 4 },
  end: { line: 1, column: 11 },
  ignored: false,
});
const many = (layer: string, count: number) =>
  Array.from({ length: count }, (_, id) => mutant(id, layer));

describe('mutation testing', () => {
  it('puts a mutant into its place and nowhere else', () => {
    const source = 'a === b;\nif (a === b) c();\n';
    const { original, mutated } = spliced(mutant(1, 'dag'), source);
    assert.equal(original, 'a === b');
    assert.equal(mutated, 'a === b;\nif (a !== b) c();\n');
    assert.equal(placeOf(mutant(1, 'dag')), 'src/dag/x.ts:2:5');
  });

  it('draws equal shares, and all of a layer that has fewer', () => {
    const all = [...many('dag', 100), ...many('iss', 5), ...many('codec', 1000)];
    const drawn = sampled(all, 65, '1');
    const count = (layer: string) => drawn.filter((one) => layerOf(one) === layer).length;
    assert.deepEqual([count('dag'), count('iss'), count('codec')], [30, 5, 30]);
    assert.equal(new Set(drawn).size, 65);
    assert.deepEqual(sampled(all, 65, '1'), drawn);
    assert.notDeepEqual(sampled(all, 65, '2'), drawn);
  });

  it("gives Wilson's interval of 95 %", () => {
    const { low, high } = wilson(8, 10);
    assert.deepEqual([low.toFixed(3), high.toFixed(3)], ['0.490', '0.943']);
    assert.equal(wilson(10, 10).high, 1);
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  });

  it('runs a test as often as it is asked, between what its suites do before and after', async () => {
    const seen: string[] = [];
    const see = (what: string) => () => seen.push(what);
    const tests = await harness.testsOf(async () => {
      harness.describe('outer', () => {
        harness.before(see('before'));
        harness.beforeEach(see('beforeEach'));
        harness.describe('inner', () => {
          harness.afterEach(see('afterEach'));
          harness.it('a', see('a'));
        });
        harness.it('b', see('b'));
        harness.it('skipped', { skip: 'always' }, see('skipped'));
        harness.after(see('after'));
      });
    });
    assert.deepEqual(
      tests.map(({ name }) => name),
      ['outer > inner > a', 'outer > b'],
    );
    const run = new harness.Run();
    for (const test of [tests[0]!, tests[1]!, tests[0]!]) {
      await run.prepare(test);
      await run.test(test);
    }
    await run.end();
    const a = ['beforeEach', 'a', 'afterEach'];
    assert.deepEqual(seen, ['before', ...a, 'beforeEach', 'b', ...a, 'after']);
  });

  it('asks the cheapest first, keeps room for the own layer, and counts what a file prepares once', () => {
    const reaching = (file: string, cpuMs: number, preparedMs = 0): Reaching => {
      return { file, index: 0, judge: 'unit', cpuMs, preparedMs, hits: 1 };
    };
    const asked = (...tests: readonly Reaching[]) =>
      chosen(mutant(1, 'dag'), tests, 5000).map(({ file, cpuMs }) => `${file} ${cpuMs}`);
    const [own, other] = ['src/dag/x.test.js', 'src/sim/x.test.js'];
    const cheap = Array.from({ length: 4 }, () => reaching(other, 1000));
    assert.deepEqual(asked(reaching(own, 2500), ...cheap), [
      `${other} 1000`,
      `${other} 1000`,
      `${own} 2500`,
    ]);
    assert.deepEqual(asked(reaching(other, 10, 4000), reaching(other, 20, 4000)), [
      `${other} 10`,
      `${other} 20`,
    ]);
    assert.deepEqual(asked(reaching(own, 6000), reaching(own, 7000)), [`${own} 6000`]);
  });

  it('says of a mutant that no test reaches that none does', async () => {
    const said: unknown[] = [];
    await judgeAll([mutant(1, 'dag')], new Map(), new Map([['unit', 1]]), (_, verdict) =>
      said.push(verdict),
    );
    assert.deepEqual(said, [{ state: 'not reached' }]);
  });

  it('helps at once, in a clone in which nothing is installed or built', (t) => {
    const clone = temporaryFolder(t);
    const parts = ['scripts/mutation.mjs', 'scripts/prepare.mjs', 'mutation/help.txt'];
    for (const part of parts) cpSync(path.join(projectFolder, part), path.join(clone, part));
    const command = [path.join(clone, 'scripts', 'mutation.mjs'), '--help'];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, readProjectFile('mutation/help.txt'));
  });

  it('has the layers, the judges and their limits in its help', () => {
    const help = readProjectFile('mutation/help.txt');
    const { unit, ...others } = CPU_MS_MAX;
    const [other, ...different] = new Set(Object.values(others));
    assert.deepEqual(different, []);
    for (const part of [
      `(${LAYERS.join(', ')})`,
      `(${JUDGES.join(', ')})`,
      `(${unit / 1000} for unit, ${Number(other) / 1000} for the others)`,
    ]) {
      assert.ok(help.includes(part), part);
    }
  });
});
