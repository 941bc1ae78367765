import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { referencePages } from '../src/cli/reference.ts';

/** The folder of the project, wherever this file was compiled to. */
function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

describe('generated pages of docs', () => {
  for (const [name, text] of Object.entries(referencePages())) {
    it(`${name} is what the code's tables say now`, () => {
      const committed = readFileSync(join(projectFolder(), 'docs', name), 'utf8');
      assert.equal(committed, text, 'run: node scripts/generate-docs.mjs');
    });
  }
});
