// Sums up what `sim --record` noted in some files to one more record of seeds, and counts it in docs/TESTING.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { prepare } from './prepare.mjs';
import { argumentsOf } from './usage.mjs';

const HELP = `npm run seeds -- bench/results/DATE-sim/NAME.json COMMIT FILE...
  FILE: what sim --record wrote, by the build of that commit`;
const [record, commit, ...files] = argumentsOf(HELP, 3);
prepare();
const { SimRecord } = await import('../dist/src/cli/sim/sim-record.js');
const sums = files.flatMap((file) => new SimRecord(file).sums());
if (new Set(sums.map(({ build }) => build)).size !== 1) {
  console.error('these are seeds of several builds, or none: a record is of one commit');
  process.exit(2);
}
mkdirSync(dirname(record), { recursive: true });
writeFileSync(
  record,
  `${JSON.stringify(
    sums.map((sum) => ({ commit, ...sum })),
    null,
    1,
  )}\n`,
);
console.log(record);
await import('./generate-docs.mjs');
