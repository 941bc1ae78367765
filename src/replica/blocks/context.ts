import { err, ok, type Result } from '../../std/result.ts';
import type { DagNode } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { Refusal, RefusalCode } from '../../types/errors.ts';
import type { Epoch, Lock, OutpointKey, TxId } from '../../types/ids.ts';
import type { Output, Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';

/** A transaction that its block may not carry, and why. */
export type Unfit = Misfit & { readonly txid: TxId };

/** `winner`: what has the output. */
type Misfit = Refusal & { readonly winner: TxId | null };

/**
 * The epoch that a block's own votes make it, and how many cuts are decided in the history of its prev
 * and refs: the ledgers of these are applied wherever the block can be judged.
 */
export type Standing = { readonly epoch: Epoch; readonly decided: Epoch };

/**
 * Rule A3: are the transactions of a block valid in the context of its history? One is made
 * for each block that is judged; `node` is the block as candidate.
 */
export class Context {
  readonly #core: Core;
  readonly #node: DagNode;
  readonly #epoch: Epoch;
  readonly #decided: Epoch;
  /** Transactions of this block so far, and who of them spends what. */
  readonly #earlier = new Map<TxId, Transaction>();
  readonly #spent = new Map<OutpointKey, TxId>();
  readonly #settled = new Set<TxId>();

  constructor(core: Core, node: DagNode, { epoch, decided }: Standing) {
    this.#core = core;
    this.#node = node;
    this.#epoch = epoch;
    this.#decided = decided;
  }

  /** Judges the block's next transaction; a fit one counts as standing in the block. */
  take(tx: Transaction): Result<null, Unfit> {
    const unfit = this.#judge(tx);
    if (unfit !== null) return err({ txid: tx.txid, ...unfit });
    this.#earlier.set(tx.txid, tx);
    for (const { key } of tx.inputs) this.#spent.set(key, tx.txid);
    return ok(null);
  }

  #judge(tx: Transaction): Misfit | null {
    if (tx.validUntil < this.#epoch) return misfit('expired', `epoch ${this.#epoch}`);
    if (this.#stands(tx.txid)) return misfit('copy-in-chain', `${tx.txid} stands earlier in it`);
    const locks = new Set<Lock>();
    let balance = 0n;
    for (const { txid, index, key } of tx.inputs) {
      const output = this.#output(txid, index, key);
      if (output === undefined) return misfit('unknown-parent', `output ${index} of ${txid}`);
      const conflict = this.#conflict(key);
      if (conflict !== null) return conflict;
      locks.add(output.lock);
      balance += output.amount;
    }
    if (
      locks.size !== tx.witnessLocks.length ||
      !tx.witnessLocks.every((lock) => locks.has(lock))
    ) {
      return misfit('bad-witness', 'the witnesses are not exactly those of the inputs');
    }
    for (const output of tx.outputs) balance -= output.amount;
    const { minFee } = this.#core.options.genesis.params;
    return balance < minFee ? misfit('bad-amount', `the fee is below ${minFee}`) : null;
  }

  /** The output, if this block may spend it: rules A3a and A3b. */
  #output(txid: TxId, index: number, key: OutpointKey): Output | undefined {
    const earlier = this.#earlier.get(txid);
    if (earlier !== undefined) return earlier.outputs[index];
    const { index: txIndex, cuts, coins } = this.#core;
    const entry = txIndex.get(txid);
    if (entry === undefined) {
      const coin = coins.find(key);
      return coin !== undefined && coin.acceptedEpoch <= this.#decided ? coin : undefined;
    }
    if (!this.#inChain(entry) && !this.#isSettled(entry)) return undefined;
    if (cuts.outcome(entry, this.#decided)?.accepted === true) return coins.find(key);
    return txIndex.transaction(entry).outputs[index];
  }

  /** Does it stand earlier in this block, or in its chain? There a copy says nothing new, and costs everybody. */
  #stands(txid: TxId): boolean {
    if (this.#earlier.has(txid)) return true;
    const entry = this.#core.index.get(txid);
    return entry !== undefined && this.#inChain(entry);
  }

  /** Does the transaction stand earlier in this block's own chain? */
  #inChain(entry: Entry): boolean {
    const { graph } = this.#core;
    return entry.copies.some(({ block }) => {
      const { lane, seq } = graph.node(block);
      return lane === this.#node.lane && graph.ancestor(this.#node.id, seq) === block;
    });
  }

  #isSettled(entry: Entry): boolean {
    const { settlement, cuts } = this.#core;
    const outcome = (of: Entry, epoch: Epoch) => cuts.outcome(of, epoch);
    return settlement.isSettled(entry, this.#node, this.#decided, outcome, this.#settled);
  }

  /** An output that others spend too is a conflict, no fault, but for the two cases of rule A3. */
  #conflict(key: OutpointKey): Misfit | null {
    const { index, coins } = this.#core;
    const inBlock = this.#spent.get(key);
    if (inBlock !== undefined && !this.#isRejected(index.get(inBlock))) {
      return rivalInChain(inBlock);
    }
    const coin = coins.get(key);
    if (coin?.spentBy != null && coin.spentEpoch <= this.#epoch - 2) {
      const { spentBy, spentEpoch } = coin;
      return misfit('stale-input', `spent in epoch ${spentEpoch} by ${spentBy}`, spentBy);
    }
    const rivals = index.spenders(key);
    for (const rival of rivals) {
      const entry = index.get(rival);
      if (entry === undefined || !this.#inChain(entry)) continue;
      if (!this.#isRejected(entry)) return rivalInChain(rival);
    }
    // Where one is covered there are others.
    const last = rivals.length === 0 ? null : index.lastCovered(key, this.#node.prev);
    return last === null || this.#isRejected(index.get(last)) ? null : rivalInChain(last);
  }

  #isRejected(entry: Entry | undefined): boolean {
    return entry !== undefined && this.#core.cuts.outcome(entry, this.#decided)?.accepted === false;
  }
}

function rivalInChain(rival: TxId): Misfit {
  return misfit('rival-in-chain', `${rival} stands earlier in the chain`, rival);
}

function misfit(code: RefusalCode, detail: string, winner: TxId | null = null): Misfit {
  return { code, detail, winner };
}
