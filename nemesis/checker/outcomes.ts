import type { TxId } from '../../src/types/ids.ts';
import type { Call, History } from '../history/history.ts';
import type { LedgerModel } from './ledger-model.ts';
import type { Violation } from './violation.ts';

type Told = { readonly call: Call; readonly atMs: number };

/** What the statuses that clients were told have to do with the ledgers at the end. */
export function judgeOutcomes(history: History, model: LedgerModel): Violation[] {
  return [
    ...toldAndLedger(history, model),
    ...rejections(model),
    ...realTime(history, model),
    ...epochsNamed(history, model),
  ];
}

function toldAndLedger({ calls }: History, model: LedgerModel): Violation[] {
  const violations: Violation[] = [];
  for (const call of calls) {
    const said = call.answer?.said;
    const txid = txidOf(call);
    if (said?.kind !== 'status' || txid === null) continue;
    const outcome = model.outcomes.get(txid);
    const place = `${txid}, ${said.state} by validator ${call.validator} (call ${call.id})`;
    const isAcknowledged = said.state === 'final' || said.state === 'checkpointed';
    if (isAcknowledged && outcome === undefined) {
      violations.push({ rule: 'acknowledged-kept', detail: `${place}: in no ledger` });
    } else if (isAcknowledged && outcome?.accepted === false) {
      violations.push({ rule: 'one-outcome', detail: `${place}: the ledger rejects it` });
    } else if (said.state === 'rejected' && outcome?.accepted === true) {
      violations.push({ rule: 'one-outcome', detail: `${place}: the ledger accepts it` });
    }
  }
  return violations;
}

/** An epoch that was told is the one in which the ledger has it. */
function epochsNamed({ calls }: History, model: LedgerModel): Violation[] {
  return calls.flatMap((call): Violation[] => {
    const said = call.answer?.said;
    const txid = txidOf(call);
    if (said?.kind !== 'status' || said.epoch === null || txid === null) return [];
    const outcome = model.outcomes.get(txid);
    if (outcome === undefined || outcome.epoch === said.epoch) return [];
    const detail = `${txid}: told epoch ${said.epoch} (call ${call.id}), stands in ${outcome.epoch}`;
    return [{ rule: 'one-outcome', detail }];
  });
}

/** A valid transaction loses only to one that took an input, or with its parent. */
function rejections(model: LedgerModel): Violation[] {
  const violations: Violation[] = [];
  for (const [txid, { accepted }] of model.outcomes) {
    const submitted = model.submitted.get(txid);
    if (accepted || submitted === undefined || !submitted.valid) continue;
    const isLost = submitted.inputs.some(
      (key) => model.spentBy.has(key) || model.outcomes.get(parentOf(key))?.accepted === false,
    );
    if (!isLost) violations.push({ rule: 'lost-to-nobody', detail: txid });
  }
  return violations;
}

/**
 * A parent that was told final before its child was first submitted does not come after it. That it does not lose
 * to a rival either follows: `toldAndLedger` wants what was told final in a ledger, accepted.
 */
function realTime(history: History, model: LedgerModel): Violation[] {
  const firstCalled = new Map<TxId, number>();
  const firstFinal = new Map<TxId, Told>();
  for (const call of history.calls) {
    const txid = txidOf(call);
    const { answer } = call;
    if (txid === null) continue;
    if (call.operation.kind === 'submit' && !firstCalled.has(txid))
      firstCalled.set(txid, call.calledMs);
    const isFinal =
      answer?.said.kind === 'status' && /^(final|checkpointed)$/.test(answer.said.state);
    const before = firstFinal.get(txid);
    if (isFinal && answer !== null && (before === undefined || answer.atMs < before.atMs)) {
      firstFinal.set(txid, { call, atMs: answer.atMs });
    }
  }
  const violations: Violation[] = [];
  for (const submitted of model.submitted.values()) {
    const later = model.outcomes.get(submitted.txid);
    const calledMs = firstCalled.get(submitted.txid) ?? 0;
    if (later?.accepted !== true) continue;
    for (const before of submitted.inputs.map(parentOf)) {
      const told = firstFinal.get(before);
      const outcome = model.outcomes.get(before);
      // At one time, what begins counts as overlapping with what ends.
      if (told === undefined || told.atMs >= calledMs) continue;
      if (outcome?.accepted === true && outcome.epoch <= later.epoch) continue;
      const detail = `${before} was final (call ${told.call.id}) before ${submitted.txid} was submitted`;
      violations.push({ rule: 'real-time', detail });
    }
  }
  return violations;
}

export function txidOf({ operation }: Call): TxId | null {
  return operation.kind === 'submit' || operation.kind === 'status' ? operation.txid : null;
}

function parentOf(key: string): TxId {
  return key.slice(0, 64) as TxId;
}
