import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReplica } from '../src/sim/machine.ts';
import { runScenario } from '../src/sim/run.ts';
import { brief, drawScenario, spark } from '../src/sim/scenario.ts';
import type { Scenario } from '../src/sim/traits.ts';

/** Runs that once failed, as `althing sim` prints them. */

function holds(scenario: Scenario): void {
  assert.deepEqual(runScenario(scenario, createReplica).violations, []);
}

describe('what seeds have found', () => {
  // What a stop cut left waited for its turn to be proposed again, and was forgotten by the next stop cut.
  it('seed 1110 of 4 validators: not-final', () => {
    holds({ ...drawScenario('1110', 4), generationEpochs: 1 });
  });

  // A parent and its child known from a fork alone: the child, due first, kept the parent from being proposed.
  it('seed 17 of 4 validators: not-final', () => {
    const { rounds: _rounds, ...drawn } = brief(drawScenario('17', 4));
    holds({
      ...drawn,
      generationEpochs: 0,
      byzantine: new Map([[0, 'forger']]),
      faults: { ...drawn.faults, frozen: [] },
      policy: { ...drawn.policy, batchTxsMax: 1 },
      workload: { ...drawn.workload, payments: 30, chains: 0.5, doubleSpends: 0.6 },
    });
  });

  // A block with a transaction that a ledger has rejected and, after it, a rival of it: both may stand there.
  it('seed 103388 of 4 validators: admission', () => {
    holds(spark(drawScenario('103388', 4)));
  });
});
