// Writes the pages of docs/ that are generated from tables of the code. A test fails when they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
const { referencePages } = await import('../dist/src/cli/reference.js');
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(join(root, 'docs', name), text);
  console.log(`docs/${name}`);
}
const { withRows } = await import('../dist/test/rows/table.js');
const { withSeeds } = await import('../dist/test/seeds/table.js');
const { withFuzzing } = await import('../dist/test/fuzz/table.js');
const { withPlanted } = await import('../dist/test/planted/table.js');
const testing = join(root, 'docs', 'TESTING.md');
const parts = [withRows, withSeeds, withPlanted, withFuzzing];
const written = parts.reduce((page, write) => write(page), readFileSync(testing, 'utf8'));
writeFileSync(testing, written);
console.log('docs/TESTING.md');
