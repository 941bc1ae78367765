import type { History } from '../history/history.ts';
import { replayLedgers } from './ledger-model.ts';
import { judgeLiveness } from './liveness.ts';
import { judgeOutcomes } from './outcomes.ts';
import { judgeReads } from './reads.ts';
import type { Violation } from './violation.ts';

export type Verdict = {
  readonly violations: readonly Violation[];
  /** How much there was to judge: a verdict over nothing says nothing. */
  readonly counts: {
    readonly calls: number;
    readonly unanswered: number;
    readonly submitted: number;
    readonly acknowledged: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly balances: number;
    readonly outputs: number;
    readonly epochs: number;
  };
};

/** Decides a history. Pure: the same history gives the same verdict. */
export function check(history: History): Verdict {
  const model = replayLedgers(history);
  const violations = [
    ...model.violations,
    ...judgeOutcomes(history, model),
    ...judgeReads(history, model),
    ...judgeLiveness(history, model),
  ];
  const said = history.calls.flatMap(({ answer }) => (answer === null ? [] : [answer.said]));
  const outcomes = [...model.outcomes.values()];
  const acknowledged = new Set(
    history.calls.flatMap(({ operation, answer }) => {
      const isTold =
        answer?.said.kind === 'status' && /^(final|checkpointed)$/.test(answer.said.state);
      return isTold && 'txid' in operation ? [operation.txid] : [];
    }),
  );
  return {
    violations,
    counts: {
      calls: history.calls.length,
      unanswered: history.calls.length - said.filter(({ kind }) => kind !== 'silence').length,
      submitted: model.submitted.size,
      acknowledged: acknowledged.size,
      accepted: outcomes.filter(({ accepted }) => accepted).length,
      rejected: outcomes.filter(({ accepted }) => !accepted).length,
      balances: said.filter(({ kind }) => kind === 'balance').length,
      outputs: said.filter(({ kind }) => kind === 'output').length,
      epochs: model.checkpoints.size,
    },
  };
}
