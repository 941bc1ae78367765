import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { StoreEntry } from '../../src/replica/ports.ts';
import { Follower, Installation } from '../../src/replica/state-sync/follower.ts';
import { SnapshotPage } from '../../src/replica/state-sync/snapshot.ts';
import type { CheckerName } from '../../src/sim/checkers/names.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { type RunResult, runScenario } from '../../src/sim/run.ts';
import { drawScenario } from '../../src/sim/scenario.ts';
import { ok } from '../../src/std/result.ts';

/** Seeds whose runs have an observer that installs a state. */
const SEEDS = ['observed 1', 'observed 2', 'observed 3', 'observed 4'];

function run(seed: string): RunResult {
  return runScenario(drawScenario(seed, 4, 0), createReplica);
}

function caught(): boolean {
  const isIt = ({ checker }: { checker: CheckerName }) => checker === 'observer';
  return SEEDS.some((seed) => run(seed).violations.some(isIt));
}

describe('the observer of a simulated run', () => {
  it('installs and follows, in some of the runs', () => {
    const results = SEEDS.map(run);
    assert.deepEqual(
      results.flatMap(({ violations }) => violations),
      [],
    );
    assert(results.some(({ coverage }) => coverage.snapshotInstalls > 0));
  });

  const broken: Record<string, (t: TestContext) => void> = {
    'a follower that does not apply what it takes': (t) =>
      t.mock.method(Follower.prototype, 'follow', () => ok(null)),
    'a follower that refuses everything': (t) =>
      t.mock.method(Follower.prototype, 'follow', () => ({ ok: false, error: 'no' })),
    'an installation that does not look at the root': (t) =>
      t.mock.method(Installation.prototype, 'finish', () => ok(null)),
    'a provider that leaves a leaf out': (t) => {
      const { add } = SnapshotPage.prototype;
      t.mock.method(
        SnapshotPage.prototype,
        'add',
        function (this: SnapshotPage, entry: StoreEntry) {
          if (!/[0-7]$/.test(entry.key)) add.call(this, entry);
        },
      );
    },
  };
  for (const [what, plant] of Object.entries(broken)) {
    it(`catches ${what}`, (t) => {
      plant(t);
      assert(caught());
    });
  }
});
