import type { Mempool } from '../../iss/mempool.ts';
import { type Problem, problem } from '../../types/errors.ts';
import type { Epoch, Lock, OutpointKey, TxId } from '../../types/ids.ts';
import type { Input, Output, Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import type { Retention } from '../generations/retention.ts';
import { Strays } from './strays.ts';

export type DoorAnswer =
  | { readonly kind: 'fits' }
  /** Parents that nobody here has seen, or that may stay as they are for ever. */
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
  const { blockBytesMax } = core.options.genesis.params;
  if (tx.bytes.length > blockBytesMax)
    return refused(problem('too-large', `${tx.bytes.length} bytes, a block has ${blockBytesMax}`));
  const missing = new Set<TxId>();
  const locks = new Set<Lock>();
  const strays = new Strays(core);
  let balance = 0n;
  for (const input of tx.inputs) {
    const { txid, index, key } = input;
    const output = findOutput(core, pool, strays, input);
    if (output === 'unknown' || output === 'adrift') {
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
  const strays = new Strays(core);
  const isGone = tx.inputs.some((input) => findOutput(core, pool, strays, input) === 'unknown');
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
  strays: Strays,
  { txid, index, key }: Input,
): Output | 'unknown' | 'absent' | 'rejected' | 'adrift' {
  const coin = core.coins.get(key);
  if (coin !== undefined) return coin;
  const entry = core.index.get(txid);
  if (entry !== undefined) {
    const fate = strays.fate(entry);
    if (fate !== 'open') return fate;
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
