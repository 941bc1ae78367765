import { API_LIMITS } from '../../src/types/api-limits.ts';
import type { Epoch, OutpointKey, TxId } from '../../src/types/ids.ts';
import { outpointKey } from '../../src/types/ids.ts';
import type { Call, FaultNote, History, Said, TransactionState } from '../history/history.ts';
import type { LedgerModel } from './ledger-model.ts';
import { txidOf } from './outcomes.ts';
import type { Violation } from './violation.ts';

type BalanceSaid = Extract<Said, { kind: 'balance' }>;

/**
 * Reads of one validator. A balance holds as of an epoch that it names, and must be that ledger's to the
 * last coin; what one validator has told it does not take back, restarts included: with the exactness
 * of each answer that makes every validator's reads linearizable. Between validators the API promises
 * no more than the epoch named, so that a client can insist on it (`at_least_epoch`). Of an old copy of
 * its folder a validator tells old things until it halts; they must be exact all the same.
 */
export function judgeReads(history: History, model: LedgerModel): Violation[] {
  const byValidator = new Map<number, Call[]>();
  for (const call of history.calls) {
    if (call.answer === null || history.faults.some((fault) => isToldDuring(fault, call))) continue;
    const calls = byValidator.get(call.validator) ?? [];
    calls.push(call);
    byValidator.set(call.validator, calls);
  }
  const exact = history.calls.flatMap((call) => exactBalance(call, model));
  return [...exact, ...[...byValidator.values()].flatMap((calls) => judgeValidator(calls, model))];
}

function isToldDuring({ wentBack, beganMs, endedMs }: FaultNote, call: Call): boolean {
  const answeredMs = call.answer?.atMs ?? Number.POSITIVE_INFINITY;
  return call.validator === wentBack && answeredMs >= beganMs && call.calledMs <= endedMs;
}

function exactBalance({ id, operation, answer }: Call, model: LedgerModel): Violation[] {
  const said = answer?.said;
  if (operation.kind !== 'balance' || said?.kind !== 'balance') return [];
  const { epoch, checkpoint } = said;
  const found: Violation[] = [];
  const place = `call ${id}, epoch ${epoch}`;
  if (epoch > model.lastEpoch)
    return [{ rule: 'exact-balance', detail: `${place}: no such epoch` }];
  const right = model.balance(operation.lock, epoch);
  if (!isOf(said, right)) {
    const detail = `${place}: ${said.balance} in ${said.outputs} outputs, the ledger has ${right.balance} in ${right.outputs}`;
    found.push({ rule: 'exact-balance', detail });
  }
  const known = model.checkpoints.get(epoch);
  if (checkpoint !== null && known !== undefined && checkpoint !== known) {
    found.push({
      rule: 'one-checkpoint',
      detail: `${place}: ${checkpoint}, the ledger's is ${known}`,
    });
  }
  const { atLeastEpoch } = operation;
  if (atLeastEpoch !== null && epoch < atLeastEpoch) {
    found.push({ rule: 'no-stale-read', detail: `${place}: ${atLeastEpoch} was asked for` });
  }
  return found;
}

/** Of so many outputs that only the first ones are added up, their sum is not known here, but a bound of it. */
function isOf(said: BalanceSaid, right: { readonly balance: bigint; readonly outputs: number }) {
  if (said.complete) return said.balance === right.balance && said.outputs === right.outputs;
  const most = API_LIMITS.balanceOutputsMax.value;
  return said.outputs === most && right.outputs > most && said.balance <= right.balance;
}

type Event = { readonly atMs: number; readonly isAnswer: boolean; readonly call: Call };

/** What one validator had told when a later call began. */
class Told {
  epoch: Epoch = 0;
  readonly states = new Map<TxId, Extract<Said, { kind: 'status' }>>();
  /** Spent, as outputs were read. */
  readonly spent = new Map<OutpointKey, TxId>();
}

/** Calls in the order of their beginnings, against everything answered before. */
function judgeValidator(calls: readonly Call[], model: LedgerModel): Violation[] {
  const events = calls.flatMap((call): Event[] => [
    { atMs: call.calledMs, isAnswer: false, call },
    { atMs: call.answer?.atMs ?? 0, isAnswer: true, call },
  ]);
  // At one time, what begins counts as overlapping with what ends.
  events.sort((a, b) => a.atMs - b.atMs || Number(a.isAnswer) - Number(b.isAnswer));
  const told = new Told();
  const violations: Violation[] = [];
  for (const { isAnswer, call } of events) {
    if (isAnswer) note(told, call);
    else violations.push(...judgeCall(told, call, model));
  }
  return violations;
}

function note(told: Told, call: Call): void {
  const said = call.answer?.said;
  const txid = txidOf(call);
  if (said?.kind === 'balance') told.epoch = Math.max(told.epoch, said.epoch);
  if (said?.kind === 'status' && txid !== null) {
    const before = told.states.get(txid);
    if (before === undefined || RANK[said.state] >= RANK[before.state]) told.states.set(txid, said);
    if (said.state === 'checkpointed') told.epoch = Math.max(told.epoch, said.epoch ?? 0);
  }
  if (said?.kind === 'output' && said.spentBy !== null && call.operation.kind === 'output') {
    told.spent.set(call.operation.key, said.spentBy);
  }
}

function judgeCall(told: Told, call: Call, model: LedgerModel): Violation[] {
  const said = call.answer?.said;
  const place = `validator ${call.validator}, call ${call.id}`;
  const txid = txidOf(call);
  if (said?.kind === 'balance' && said.epoch < told.epoch) {
    const detail = `${place}: as of epoch ${said.epoch}, ${told.epoch} was told before`;
    return [{ rule: 'no-stale-read', detail }];
  }
  if (said?.kind === 'status' && txid !== null) {
    const before = told.states.get(txid);
    if (before === undefined || mayFollow(before, said)) return [];
    const detail = `${place}: ${txid} is ${said.state}, it was ${before.state}`;
    return [{ rule: 'no-stale-read', detail }];
  }
  if (call.operation.kind === 'output' && said?.kind === 'output') {
    return judgeOutput(told, call.operation.key, said, model).map((detail) => ({
      rule: 'output-follows',
      detail: `${place}: ${detail}`,
    }));
  }
  return [];
}

function judgeOutput(
  told: Told,
  key: OutpointKey,
  said: Extract<Said, { kind: 'output' }>,
  model: LedgerModel,
): string[] {
  const found: string[] = [];
  const parent = key.slice(0, 64) as TxId;
  if (isFinal(told.states.get(parent)?.state) && said.state === 'absent') {
    const index = Number.parseInt(key.slice(64), 16);
    const { outputs = [] } = model.submitted.get(parent) ?? {};
    if (outpointKey(parent, index) === key && index < outputs.length)
      found.push(`${key} is absent`);
  }
  const spender = model.spentBy.get(key);
  const isToldSpent = spender !== undefined && isFinal(told.states.get(spender)?.state);
  if (isToldSpent && said.spentBy !== spender) found.push(`${key} is ${said.state}, not spent`);
  const before = told.spent.get(key);
  if (before !== undefined && isFinal(told.states.get(before)?.state) && said.spentBy !== before) {
    found.push(`${key} was spent by ${before}, now it is ${said.state}`);
  }
  return found;
}

/** How much a state says. What was only pending or admitted may be forgotten in a crash. */
const RANK: Readonly<Record<TransactionState, number>> = {
  unknown: 0,
  dropped: 0,
  pending: 1,
  admitted: 2,
  final: 3,
  checkpointed: 4,
  rejected: 4,
};

function mayFollow(
  before: Extract<Said, { kind: 'status' }>,
  now: Extract<Said, { kind: 'status' }>,
): boolean {
  if (RANK[before.state] < RANK.final) return true;
  if (before.state === 'final') return isFinal(now.state);
  return now.state === before.state;
}

function isFinal(state: TransactionState | undefined): boolean {
  return state === 'final' || state === 'checkpointed';
}
