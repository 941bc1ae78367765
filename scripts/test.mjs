// Entry of `npm test`: prepares the clone, checks form, runs every compiled test, then those of the
// cryptography again on the JavaScript fallback. Arguments select test files whose path contains them.
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run as runTests } from 'node:test';
import { spec } from 'node:test/reporters';
import { filesBelow, prepareApart, prepareNemesis, root, run, step } from './prepare.mjs';
import { argumentsOf } from './usage.mjs';

const wanted = argumentsOf(`npm test -- [part...]
  part   only test files whose path contains it; without any also the form of everything`);
prepareNemesis();
if (wanted.length === 0) {
  step('Checking form (biome)');
  run(join(root, 'node_modules', '.bin', 'biome'), ['check', '.']);
}

const tests = ['src', 'test', 'bench']
  .flatMap((folder) => filesBelow(join(root, 'dist', folder)))
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
if (tests.some((path) => path.endsWith('model.test.js'))) {
  prepareApart('model', 'what checks the formal model');
}
// Those that start processes take their time and both cores: they go first, so that none trails alone.
const [heavy, light] = split(tests, (path) => /cluster|scenario|sim/.test(relative(root, path)));

process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`.trim();
const totals = { pass: 0, fail: 0, skip: 0 };
await pass('Tests', [...heavy, ...light]);
process.env.ALTHING_VERIFIER = 'noble';
await pass(
  'Cryptography on the fallback',
  tests.filter((path) => path.includes(join('src', 'crypto'))),
);
step(
  `${totals.pass + totals.fail + totals.skip} tests in all, ${totals.pass} passed, ${totals.fail} failed, ${totals.skip} skipped`,
);
// Leaving drops what a pipe has not taken yet.
await new Promise((written) => process.stdout.write('', written));
process.exit(totals.fail === 0 && totals.pass > 0 ? 0 : 1);

async function pass(title, files) {
  if (files.length === 0) return;
  step(`${title} (${files.length} files)`);
  const events = runTests({ files, concurrency: Math.max(2, availableParallelism()) });
  // A skipped one is told as passed.
  events.on('test:pass', (test) => count(isSkipped(test) ? 'skip' : 'pass', test));
  events.on('test:fail', (test) => count('fail', test));
  const report = events.compose(new spec());
  for await (const text of report) process.stdout.write(text);
}

/** The reason may be an empty text. */
function isSkipped({ skip }) {
  return skip !== undefined && skip !== false;
}

/** Counts leaves only: a suite is not a test of its own. */
function count(kind, test) {
  if (test.details?.type !== 'suite') totals[kind] += 1;
}

function split(items, isFirst) {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
