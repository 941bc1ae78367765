import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readProjectFile } from '../project/files.ts';
import { parseRecord } from './records.ts';
import { seedsText, withSeeds } from './table.ts';

const SUM = {
  commit: 'c2',
  build: 'b2',
  kind: 'spark',
  validators: 4,
  sharedChecks: false,
  seeds: [
    [10, 19],
    [30, 39],
  ],
  runs: 20,
  cpuSeconds: 3,
  simulatedMs: 3_600_000,
  faults: { lost: 5, drowned: 1 },
  coverage: { blocks: 70 },
  failed: [{ seed: 31 }],
};
const BATCHES = {
  runs: 10,
  faults: { lost: 2 },
  coverage: { blocks: 30 },
  batches: [
    {
      commit: 'c1',
      kind: 'spark',
      validators: 4,
      firstSeed: 10,
      runs: 10,
      cpuSeconds: 1.5,
      simulatedMs: 1_800_000,
      failed: [],
    },
  ],
};

const textOf = (...records: unknown[]) =>
  seedsText(records.map((record) => parseRecord(JSON.stringify(record))));

describe('the seeds that were run', () => {
  it('stand in docs/TESTING.md as their records sum up', () => {
    const page = readProjectFile('docs/TESTING.md');
    assert.equal(page, withSeeds(page), 'run: node scripts/generate-docs.mjs');
  });

  it('are summed by kind, checks and size, whichever build ran them', () => {
    const shared = { ...SUM, sharedChecks: true, validators: 13, commit: undefined };
    const lines = textOf([SUM, shared], BATCHES).split('\n');
    assert.deepEqual(lines.slice(2, 4), [
      '| spark | 4 | 30 | 1.5 | 0.15 | 1 |',
      '| spark, shared checks | 13 | 20 | 1.0 | 0.15 | 1 |',
    ]);
    assert.ok(lines.some((line) => line.startsWith('In all 50 seeds, 0.0 % of the target')));
    assert.ok(lines.includes('Seeds by commit: c2 20 (1 failed), build b2 20 (1 failed), c1 10.'));
  });

  it('say of how many of them something was counted, where that is not all', () => {
    const lines = textOf([SUM], BATCHES).split('\n');
    assert.ok(lines.includes('Faults: lost 7, drowned 1 (in 20 seeds).'), lines.join('\n'));
    assert.ok(lines.includes('Coverage: blocks 100.'));
  });

  it('do not count twice', () => {
    assert.throws(() => textOf([SUM], [{ ...SUM, seeds: [[39, 40]] }]), /seed 39 of c2/);
    assert.doesNotThrow(() => textOf([SUM], [{ ...SUM, seeds: [[40, 41]] }]));
  });
});
