import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referencePages } from '../src/cli/reference.ts';
import { readProjectFile } from './project.ts';

describe('generated pages of docs', () => {
  for (const [name, text] of Object.entries(referencePages())) {
    it(`${name} is what the code's tables say now`, () => {
      const committed = readProjectFile(`docs/${name}`);
      assert.equal(committed, text, 'run: node scripts/generate-docs.mjs');
    });
  }
});
