// Sums up what `sim --record` noted in some files to one more record of seeds, and counts it in docs/TESTING.md.
// Usage: npm run seeds -- bench/results/DATE-sim/NAME.json COMMIT FILE...
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { prepare } from './prepare.mjs';

const [record, commit, ...files] = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: npm run seeds -- bench/results/DATE-sim/NAME.json COMMIT FILE...');
  process.exit(2);
}
prepare();
const { SimRecord } = await import('../dist/src/cli/sim-record.js');
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
