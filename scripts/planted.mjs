// Runs all seeds of each planted bug, or of those named, and records how many show it: docs/TESTING.md tells them.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { prepare } from './prepare.mjs';
import { argumentsOf } from './usage.mjs';

const HELP = `npm run planted -- bench/results/DATE-planted/COMMIT.jsonl [BUG...]
  runs 40 seeds of each planted bug, or of those named: some minutes each`;
const [record, ...names] = argumentsOf(HELP, 1);
prepare();
const { DEFECTS } = await import('../dist/src/sim/defects/defects.js');
const { survey } = await import('../dist/test/planted/survey.js');
mkdirSync(dirname(record), { recursive: true });
for (const [bug, defect] of Object.entries(DEFECTS)) {
  if (names.length > 0 && !names.includes(bug)) continue;
  const found = survey(bug, defect);
  appendFileSync(record, `${JSON.stringify(found)}\n`);
  console.log(`${bug}: ${found.caught.length}, by others alone ${found.byOthers.length}`);
}
