import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GENERATION_ATTACKS } from '../../src/sim/byzantine/attacks.ts';
import { disputed, forked } from '../../src/sim/defects/defect.ts';
import { forgetting } from '../../src/sim/defects/retention.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario, outlived, shared, spark } from '../../src/sim/scenario.ts';
import type { Scenario } from '../../src/sim/traits.ts';

/** Runs that once failed, as `althing sim` prints them. */

function holds(scenario: Scenario): void {
  assert.deepEqual(runScenario(scenario, createReplica).violations, []);
}

describe('what seeds have found', () => {
  // What a stop cut left waited for its turn to be proposed again, and was forgotten by the next stop cut.
  it('seed 1110 of 4 validators: not-final', () => {
    holds({ ...drawScenario('1110', 4), generationEpochs: 1 });
  });

  // Rule 9.6: what a stop cut left was given up for a rival, and a start from that stop state, whose journal goes on to
  // the next one, kept it for pending for ever.
  it('seed 71145302 of 4 validators, outlived: not-given-up', () => {
    holds(outlived(drawScenario('71145302', 4)));
  });

  // Rule 9.9: of two rivals that a stop cut left one was given up for the other, and came in a block all the same. A
  // start that replayed both forgot only the second, so that once its ledger was dropped it was told as given up.
  it('seed 71146097 of 4 validators, outlived: status-order', () => {
    holds(outlived(drawScenario('71146097', 4)));
  });

  // Rule 9.6: one saw the stop cut decided by a COMMIT on a branch that nobody else had, and said no more; the
  // others, too few without it, were served nothing that their frontiers did not show to be missing.
  it('seed 6153 of 4 validators: no-outcome', () => {
    const drawn = drawScenario('6153', 4);
    const attacks = [...drawn.attacks, ...GENERATION_ATTACKS];
    holds({ ...drawn, attacks, generationEpochs: 1 });
  });

  // The checker asked for blocks of a generation that a validator had ended by a COMMIT of its own which had
  // not left its slow disk yet (12), or that it had not begun, since roots were being computed (6342).
  it('seeds 12 and 6342 of 4 validators: admission', () => {
    const { hosts, policy, ...drawn } = brief(drawScenario('12', 4));
    holds({
      ...drawn,
      generationEpochs: 1,
      hosts: hosts.map((host) => ({ ...host, syncUs: 60_000 })),
      policy: { ...policy, epochIntervalMs: 300 },
    });
    holds({ ...drawScenario('6342', 4), generationEpochs: 1 });
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

  // A copy of a transaction that was in a cut already made one lane find the stop cut due, and say END. Its block
  // turned out to be one of a fork, so the others found nothing due: too few were left to give verdicts.
  it('seeds 10005868 and 10006592 of 4 validators: no-outcome, not-final', () => {
    holds(spark(drawScenario('10005868', 4)));
    holds(spark(drawScenario('10006592', 4)));
  });

  // The checker asked for an outcome of what was void when its generation ended, while a rival was accepted there.
  it('seed 10000058 of 7 validators: no-outcome', () => {
    holds(spark(drawScenario('10000058', 7)));
  });

  // Three validators asked each other twenty times a second for a block that only one had which nobody could ask.
  it('seed 40000056 of 4 validators: not-silent', () => {
    holds(shared(brief(drawScenario('40000056', 4))));
  });

  // The checker asked an observer for the root of an epoch before the one that it had begun with.
  it('seed 7 of 7 validators: observer', () => {
    holds(brief(drawScenario('7', 7)));
  });

  // It had got into the generation while a peer's state of its beginning was on the way, told payments of it as final,
  // and began it anew with that state.
  it('seed 62000067 of 7 validators: status-order', () => {
    holds(shared(spark(drawScenario('62000067', 7))));
  });

  // It was drawn, checked a block, told a payment in it as final and crashed before it said anything of that itself:
  // started again, it waited for the word of others.
  it('seed 69016951 of 4 validators: status-order', () => {
    const {
      rounds: _rounds,
      savepoints: _savepoints,
      ...drawn
    } = shared(spark(drawScenario('69016951', 4)));
    holds({
      ...drawn,
      attacks: ['false-checks'],
      faults: { ...drawn.faults, oneWay: 0, grayEveryMs: 0 },
      workload: { ...drawn.workload, payments: 3, chains: 0, copies: 0, multi: 0, invalid: 0 },
    });
  });

  // The checker asked one for silence that had signed two blocks of a seq before anybody could tell it: on the second
  // branch, on account of the first block, of which the others need not tell.
  it('seed 69045692 of 4 validators: memory', () => {
    holds(shared(spark(drawScenario('69045692', 4))));
  });

  // A child of what only a fork carries, and a ledger's payment has the output of, waited for that parent for ever.
  it('seed 42 of 4 validators: not-given-up', () => {
    holds(forked(disputed({ ...brief(drawScenario('42', 4)), generationEpochs: 0 })));
  });

  // Patience was counted from healing, whatever went on. A transaction a block, an open block a lane, an epoch a
  // generation and time-outs too short for the distances let through one every 1.5 s; 26 were left.
  it('seed 28 of 4 validators, generations of one epoch: no-outcome', () => {
    const drawn = { ...brief(drawScenario('28', 4)), patienceMs: 60_000 };
    holds(forgetting(drawn));
  });
});
