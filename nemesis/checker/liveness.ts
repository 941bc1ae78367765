import type { LaneId, TxId } from '../../src/types/ids.ts';
import type { History } from '../history/history.ts';
import type { LedgerModel } from './ledger-model.ts';
import { txidOf } from './outcomes.ts';
import type { Violation } from './violation.ts';

/**
 * After healing: whatever was in a block has its outcome at every validator that has not dropped it, or can have none
 * any more, and new payments become final.
 */
export function judgeLiveness(history: History, model: LedgerModel): Violation[] {
  return [...outcomesEverywhere(history, model), ...probes(history, model)];
}

function outcomesEverywhere(history: History, model: LedgerModel): Violation[] {
  const { origin, calls, ledgers } = history;
  const admitted = new Set<TxId>();
  for (const call of calls) {
    const txid = txidOf(call);
    const said = call.answer?.said;
    const isAdmitted =
      said?.kind === 'status' && /^(admitted|final|checkpointed)$/.test(said.state);
    if (isAdmitted && txid !== null && !isBarred(txid, history, model)) admitted.add(txid);
  }
  const known = new Map<LaneId, Set<TxId>>();
  for (const { validator, accepted, rejected } of ledgers) {
    const has = known.get(validator) ?? new Set<TxId>();
    for (const txid of accepted) has.add(txid);
    for (const { txid } of rejected) has.add(txid);
    known.set(validator, has);
  }
  const violations: Violation[] = [];
  for (let validator = 0; validator < origin.validators; validator += 1) {
    const has = known.get(validator) ?? new Set();
    const dropped = history.dropped.findLast((one) => one.validator === validator)?.dropped ?? 0;
    for (const txid of admitted) {
      const { epoch = dropped + 1 } = model.outcomes.get(txid) ?? {};
      if (has.has(txid) || epoch <= dropped) continue;
      violations.push({ rule: 'has-outcome', detail: `${txid} at validator ${validator}` });
    }
  }
  return violations;
}

/**
 * Can no ledger take it in any more? Void when its generation ended, and what it spends was spent in one that has
 * ended: that does not exist any more (rule 9.5).
 */
function isBarred(txid: TxId, { origin }: History, model: LedgerModel): boolean {
  const { generationEpochs = Number.POSITIVE_INFINITY } = origin;
  if (model.outcomes.has(txid)) return false;
  const ended = Math.floor(model.lastEpoch / generationEpochs) * generationEpochs;
  return (model.submitted.get(txid)?.inputs ?? []).some((key) => {
    const spender = model.spentBy.get(key);
    const epoch = spender === undefined ? undefined : model.outcomes.get(spender)?.epoch;
    return epoch !== undefined && epoch <= ended;
  });
}

function probes({ calls }: History, model: LedgerModel): Violation[] {
  const probes = new Set<TxId>();
  for (const { operation } of calls) {
    if (operation.kind === 'submit' && operation.probe) probes.add(operation.txid);
  }
  return [...probes]
    .filter((txid) => model.outcomes.get(txid)?.accepted !== true)
    .map((txid) => ({ rule: 'probe-final', detail: txid }));
}
