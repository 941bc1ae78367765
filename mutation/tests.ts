import path from 'node:path';
import { filesBelow } from './files.ts';
import { stage } from './mutant.ts';

/*
 * What judges a mutant, the cheapest first. All of it runs in one process without network; what starts processes
 * or listens is left out, though it would find some more.
 */
export const JUDGES = ['unit', 'seeds', 'scope'] as const;
export type Judge = (typeof JUDGES)[number];

/** Beside the unit tests: histories made by hand over real replicas. */
const UNIT = [
  'test/audit/ledgers',
  'test/byzantine/cut-ahead',
  'test/byzantine/forked-parents',
  'test/byzantine/rival-rows',
  'test/byzantine/rows',
  'test/evidence/proofs',
  'test/observer/driver',
  'test/pulls/held-pull',
  'test/purity/admission',
  'test/purity/memory',
  'test/replica/lost-coins',
  'test/replica/savepoint-layout',
  'test/replica/shared-checks',
  'test/replica/three-delays',
  'test/state-sync/follower',
  'test/state-sync/lies',
];
/** Every order of events in small scopes, attacks by name, vectors against definitions. */
const SCOPE = [
  'test/explore/search',
  'test/sim/attacks',
  'test/sim/observer',
  'test/sim/regressions',
  'test/sim/vectors',
];
/** Folders of src whose tests start nothing. */
const FOLDERS = [
  'client',
  'codec',
  'committee',
  'consensus',
  'crypto',
  'dag',
  'dependency',
  'execution',
  'iss',
  'ledger',
  'node',
  'replica',
  'sim',
  'storage',
];

export const built = path.join(stage, 'dist');

/** Paths of the compiled test files, from `built`. */
export function testFiles(): ReadonlyMap<string, Judge> {
  const beside = FOLDERS.flatMap((folder) => filesBelow(path.join(built, 'src', folder)))
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => path.relative(built, file));
  const named = (names: readonly string[]) => names.map((name) => `${name}.test.js`);
  const judged = (judge: Judge, files: readonly string[]) =>
    files.map((file): [string, Judge] => [file, judge]);
  return new Map([
    ...judged('unit', [...beside, ...named(UNIT)]),
    ...judged('seeds', ['mutation/seeds.js']),
    ...judged('scope', named(SCOPE)),
  ]);
}
