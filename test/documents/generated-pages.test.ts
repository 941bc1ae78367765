import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referencePages } from '../../src/cli/reference.ts';
import { ERRORS, HALTS, REFUSALS } from '../../src/types/errors.ts';
import * as limits from '../../src/types/limits.ts';
import { readProjectFile } from '../project/files.ts';

/** The first columns of the tables of a page. */
function namesOn(page: string): string[] {
  const rows = [...readProjectFile(`docs/${page}`).matchAll(/^\| `([^`]+)` \|/gm)];
  return rows.map(([, name = '']) => name);
}

describe('generated pages of docs', () => {
  for (const [name, text] of Object.entries(referencePages())) {
    it(`${name} is what the code's tables say now`, () => {
      const committed = readProjectFile(`docs/${name}`);
      assert.equal(committed, text, 'run: node scripts/generate-docs.mjs');
    });
  }

  it('LIMITS.md has every table of bounds', () => {
    const names = Object.values(limits).flatMap((table) => Object.keys(table));
    assert.deepEqual(namesOn('LIMITS.md').sort(), names.sort());
  });

  it('ERRORS.md has every code', () => {
    const codes = [ERRORS, REFUSALS, HALTS].flatMap((table) => Object.keys(table));
    assert.deepEqual(namesOn('ERRORS.md').sort(), codes.sort());
  });
});
