// Entry of `npm run coverage`: which branches of the pure layers the unit tests and the simulator run.
// Arguments select test files whose path contains them; without any, all that need neither processes
// nor sockets. The report by file is printed and left in coverage/.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesBelow, prepare, root, step } from './prepare.mjs';
import { argumentsOf } from './usage.mjs';

/** Layers 0 to 4 of docs/ARCHITECTURE.md. */
const LAYERS = [
  ...['std', 'types', 'codec', 'crypto', 'committee', 'dag', 'dependency', 'consensus', 'iss'],
  ...['execution', 'ledger', 'replica'],
];
/** Tests outside of those folders that drive the layers in this process. */
const DRIVERS = [
  ...['byzantine/rival-rows', 'byzantine/rows', 'evidence/proofs', 'explore/search', 'fuzz/fuzz'],
  ...[
    'sim/attacks',
    'sim/control',
    'sim/observer',
    'sim/regressions',
    'sim/simulator',
    'sim/vectors',
  ],
  ...['state-sync/follower', 'state-sync/lies'],
];
const BRANCHES_MIN = 95;
const summary = join(root, 'coverage', 'coverage-summary.json');

const wanted = argumentsOf(`npm run coverage -- [part...]
  part   only of test files whose path contains it`);
prepare();
const units = LAYERS.flatMap((layer) => filesBelow(join(root, 'dist', 'src', layer)));
const drivers = DRIVERS.map((name) => join(root, 'dist', 'test', `${name}.test.js`));
const models = filesBelow(join(root, 'dist', 'src', 'sim'));
const tests = [...drivers, ...units, ...models]
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));

if (tests.length === 0) {
  step(`No test file's path contains ${wanted.join(' or ')}`);
  process.exit(1);
}
step(`Coverage of the pure layers (${tests.length} files)`);
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'c8', 'bin', 'c8.js'),
    ...LAYERS.flatMap((layer) => ['--include', `src/${layer}/**`]),
    ...['--exclude', '**/*.test.ts', '--exclude-after-remap'],
    ...['--reporter', 'text', '--reporter', 'json', '--reporter', 'json-summary'],
    ...['--check-coverage', '--branches', String(BRANCHES_MIN)],
    ...['--lines', '0', '--functions', '0', '--statements', '0'],
    ...[process.execPath, '--test', '--test-reporter', 'dot', ...tests],
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
const found = Object.keys(JSON.parse(readFileSync(summary, 'utf8')));
const missing = LAYERS.flatMap((layer) => filesBelow(join(root, 'src', layer))).filter(
  (path) => !path.endsWith('.test.ts') && !found.includes(path),
);
const names = missing.map((path) => relative(root, path)).join(', ');
step(`Not loaded by any test (types alone leave no code): ${names}`);
process.exit(status ?? 1);
