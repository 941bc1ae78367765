import type { Mempool } from '../iss/mempool.ts';
import { type Problem, problem } from '../types/errors.ts';
import type { Epoch, Lock, OutpointKey, TxId } from '../types/ids.ts';
import type { Output, Transaction } from '../types/transaction.ts';
import type { Core } from './core.ts';
import type { Retention } from './retention.ts';

export type DoorAnswer =
  | { readonly kind: 'fits' }
  /** Parents that nobody here has seen. */
  | { readonly kind: 'orphan'; readonly missing: readonly TxId[] }
  /** A rival is in an admitted block, without outcome yet. */
  | { readonly kind: 'conflict'; readonly winner: TxId }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly winner?: TxId };

/** What this validator can say of a transaction before it proposes it, from all that it knows now. */
export function checkAtDoor(
  core: Core,
  pool: Mempool,
  tx: Transaction,
  retention: Retention,
): DoorAnswer {
  if (tx.validUntil <= core.cuts.applied)
    return refused(whyExpired(core, pool, tx, retention.dropped));
  const missing = new Set<TxId>();
  const locks = new Set<Lock>();
  let balance = 0n;
  for (const { txid, index, key } of tx.inputs) {
    const output = findOutput(core, pool, txid, index, key);
    if (output === 'unknown') {
      const spentBy = core.coins.spentBefore(key)?.spentBy ?? tx.txid;
      if (spentBy !== tx.txid) return spent(spentBy);
      if (retention.isRejected(txid)) return parentRejected(txid);
      missing.add(txid);
      continue;
    }
    if (output === 'rejected') return parentRejected(txid);
    if (output === 'absent') return refused(problem('unknown-input', `output ${index} of ${txid}`));
    const taken = takenBy(core, key, tx.txid);
    if (taken !== null) return taken;
    locks.add(output.lock);
    balance += output.amount;
  }
  if (missing.size > 0) return { kind: 'orphan', missing: [...missing] };
  return checkValue(core, tx, locks, balance);
}

/** What it spends is gone: a ledger that was dropped, or missed, may have taken it in while it was valid. */
function whyExpired(core: Core, pool: Mempool, tx: Transaction, dropped: Epoch): Problem {
  const ended = `valid until ${tx.validUntil}, now ${core.cuts.applied + 1}`;
  const isGone = tx.inputs.some(
    ({ txid, index, key }) => findOutput(core, pool, txid, index, key) === 'unknown',
  );
  return dropped > 0 && isGone ? maybeDropped(ended, dropped) : problem('expired', ended);
}

/** Of what may have an outcome that nobody here can tell. */
export function maybeDropped(why: string, dropped: Epoch): Problem {
  return problem('pruned', `${why}; it may be in a ledger up to epoch ${dropped}, dropped here`);
}

function checkValue(
  core: Core,
  tx: Transaction,
  locks: ReadonlySet<Lock>,
  inputs: bigint,
): DoorAnswer {
  for (const lock of locks) {
    if (!tx.witnessLocks.includes(lock)) {
      return refused(problem('witness-missing', `no witness opens ${lock}`));
    }
  }
  if (locks.size !== tx.witnessLocks.length) {
    return refused(problem('bad-witness', 'a witness opens no input'));
  }
  const outputs = tx.outputs.reduce((sum, output) => sum + output.amount, 0n);
  if (inputs < outputs) {
    return refused(problem('inputs-below-outputs', `${inputs} in, ${outputs} out`));
  }
  const { minFee } = core.options.genesis.params;
  if (inputs - outputs < minFee) {
    return refused(problem('insufficient-fee', `${inputs - outputs}, at least ${minFee}`));
  }
  return { kind: 'fits' };
}

function findOutput(
  core: Core,
  pool: Mempool,
  txid: TxId,
  index: number,
  key: OutpointKey,
): Output | 'unknown' | 'absent' | 'rejected' {
  const coin = core.coins.get(key);
  if (coin !== undefined) return coin;
  const entry = core.index.get(txid);
  if (entry !== undefined) {
    if (core.early.outcome(txid)?.accepted === false) return 'rejected';
    return core.index.transaction(entry).outputs[index] ?? 'absent';
  }
  const waiting = pool.waiting(txid);
  if (waiting !== undefined) return waiting.outputs[index] ?? 'absent';
  return 'unknown';
}

function takenBy(core: Core, key: OutpointKey, txid: TxId): DoorAnswer | null {
  const spender = core.early.spender(key);
  if (spender !== null && spender !== txid) return spent(spender);
  for (const rival of core.index.spenders(key)) {
    if (rival === txid || !core.index.isStanding(rival)) continue;
    if (core.early.outcome(rival)?.accepted === false) continue;
    return { kind: 'conflict', winner: rival };
  }
  return null;
}

function spent(by: TxId): DoorAnswer {
  return refused(problem('input-spent', `spent by ${by}`), by);
}

function parentRejected(parent: TxId): DoorAnswer {
  return refused(problem('parent-rejected', `${parent} was rejected`), parent);
}

function refused(why: Problem, winner?: TxId): DoorAnswer {
  const answer = { kind: 'refused', problem: why } as const;
  return winner === undefined ? answer : { ...answer, winner };
}
