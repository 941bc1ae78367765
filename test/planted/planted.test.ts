import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFECTS, type DefectName } from '../../src/sim/defects/defects.ts';
import { readProjectFile } from '../project/files.ts';
import { survey } from './survey.ts';
import { plantedRecord, plantedText, withPlanted } from './table.ts';

/** One may be luck of the schedules that there are today. */
const CAUGHT_MIN = 2;

describe('how often planted bugs are caught', () => {
  const { surveys } = plantedRecord();

  it('stands in docs/TESTING.md as the newest record has it', () => {
    const page = readProjectFile('docs/TESTING.md');
    assert.equal(page, withPlanted(page), 'run: node scripts/generate-docs.mjs');
  });

  it('was recorded of all of them', () => {
    const names = surveys.map(({ bug }) => bug).sort();
    assert.deepEqual(names, Object.keys(DEFECTS).sort(), 'run: npm run planted');
  });

  it(`is in ${CAUGHT_MIN} seeds at least, and by the checkers that they name`, () => {
    for (const { bug, caught, byOthers } of surveys) {
      assert.ok(caught.length >= CAUGHT_MIN, bug);
      assert.deepEqual(byOthers, [], bug);
    }
  });

  it('is counted as the seeds show it, and told with the rarest first', () => {
    const name: DefectName = 'quorum-too-small';
    const often = survey(name, { ...DEFECTS[name], caughtBy: ['checkpoint'] });
    const { 'early-final': early = 0 } = often.checkers;
    assert.ok(early > 0, JSON.stringify(often));
    assert.ok(often.byOthers.length > 0);
    assert.ok(often.caught.length + often.byOthers.length >= early);
    const one = {
      caught: [7],
      byOthers: [],
      checkers: { outcome: 1, failure: 1 },
      cpuSeconds: 0.6,
    };
    const lines = plantedText({
      commit: 'c',
      surveys: [
        { ...one, bug: 'b', caught: [3, 9], checkers: { failure: 1, outcome: 2 } },
        { ...one, bug: 'a' },
      ],
    }).split('\n');
    assert.match(lines[0]!, /each of the 2 bugs \(commit c, 1 processor seconds\)/);
    assert.deepEqual(lines.slice(4), [
      '| a | 1 | 7 | failure 1, outcome 1 |',
      '| b | 2 | 3 | outcome 2, failure 1 |',
    ]);
  });
});
