// Runs all seeds of each planted bug, or of those named, and records how many show it: docs/TESTING.md tells them.
// Usage: npm run planted -- bench/results/DATE-planted/COMMIT.jsonl [BUG...]
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { prepare } from './prepare.mjs';

const [record, ...names] = process.argv.slice(2);
if (record === undefined) {
  console.error('usage: npm run planted -- bench/results/DATE-planted/COMMIT.jsonl [BUG...]');
  process.exit(2);
}
prepare();
const { DEFECTS } = await import('../dist/src/sim/defects.js');
const { survey } = await import('../dist/test/planted/survey.js');
mkdirSync(dirname(record), { recursive: true });
for (const [bug, defect] of Object.entries(DEFECTS)) {
  if (names.length > 0 && !names.includes(bug)) continue;
  const found = survey(bug, defect);
  appendFileSync(record, `${JSON.stringify(found)}\n`);
  console.log(`${bug}: ${found.caught.length}, by others alone ${found.byOthers.length}`);
}
