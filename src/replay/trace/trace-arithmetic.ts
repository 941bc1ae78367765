import { GENESIS_TX, spentOutput, type Trace, traceOutputKey } from './trace.ts';

/** What `liftFees` changed. */
export type Lift = {
  readonly trace: Trace;
  /** Transactions whose own fee was below the minimum. */
  readonly lifted: number;
  /** What was added to the genesis outputs, in all. */
  readonly added: bigint;
};

/**
 * The trace with every fee at least `minFee`. A ledger may ask for more than a recorded transaction
 * paid; what is missing is added to the transaction's first input, and from there back to a genesis
 * output, so that no output that somebody keeps changes. Outputs on the way between are worth that much
 * more; graph, owners and counts stay. Runs backwards, since an output is raised before its transaction
 * is looked at.
 */
export function liftFees(trace: Trace, minFee: bigint): Lift {
  const genesis = trace.genesis.map((output) => ({ ...output }));
  const txs = trace.txs.map((tx) => ({ ...tx, outputs: tx.outputs.map((o) => ({ ...o })) }));
  let lifted = 0;
  let added = 0n;
  for (let at = txs.length - 1; at >= 0; at--) {
    const tx = txs[at]!;
    if (feeOf(trace, at) < minFee) lifted += 1;
    let missing = minFee;
    for (const output of tx.outputs) missing += output.amount;
    for (const { tx: from, index } of tx.inputs) {
      missing -= (from === GENESIS_TX ? genesis : txs[from]!.outputs)[index]!.amount;
    }
    if (missing <= 0n) continue;
    const first = tx.inputs.find((input) => input.tx === GENESIS_TX) ?? tx.inputs[0]!;
    if (first.tx === GENESIS_TX) {
      genesis[first.index]!.amount += missing;
      added += missing;
    } else {
      txs[first.tx]!.outputs[first.index]!.amount += missing;
    }
  }
  return { trace: { ...trace, genesis, txs }, lifted, added };
}

/** Inputs minus outputs; negative when it creates more than it spends. */
export function feeOf(trace: Trace, at: number): bigint {
  const tx = trace.txs[at]!;
  let fee = 0n;
  for (const input of tx.inputs) fee += spentOutput(trace, input).amount;
  for (const output of tx.outputs) fee -= output.amount;
  return fee;
}

/** Signatures that a transaction needs: one of each owner of its inputs. */
export function signaturesOf(trace: Trace, at: number): number {
  return new Set(trace.txs[at]!.inputs.map((input) => spentOutput(trace, input).owner)).size;
}

export type TraceTotals = {
  readonly transactions: number;
  readonly inputs: number;
  readonly outputs: number;
  /** One per transaction and owner of its inputs. */
  readonly signatures: number;
  /** Transactions that spend an output of the trace itself. */
  readonly dependent: number;
  /** Transactions on the longest path of dependencies. */
  readonly depth: number;
  readonly pairs: number;
  readonly inAmount: bigint;
  readonly fees: bigint;
};

/** The figures by which a trace is known; `inAmount` counts every input of every transaction. */
export function traceTotals(trace: Trace): TraceTotals {
  const depths: number[] = [];
  const totals = { inputs: 0, outputs: 0, signatures: 0, dependent: 0, depth: 0, pairs: 0 };
  let inAmount = 0n;
  let fees = 0n;
  trace.txs.forEach((tx, at) => {
    const parents = tx.inputs.filter((input) => input.tx !== GENESIS_TX);
    depths[at] = 1 + Math.max(0, ...parents.map((parent) => depths[parent.tx] ?? 0));
    totals.inputs += tx.inputs.length;
    totals.outputs += tx.outputs.length;
    totals.signatures += signaturesOf(trace, at);
    totals.dependent += parents.length > 0 ? 1 : 0;
    totals.depth = Math.max(totals.depth, depths[at]);
    totals.pairs += tx.rivals.length;
    for (const input of tx.inputs) inAmount += spentOutput(trace, input).amount;
    fees += feeOf(trace, at);
  });
  return { transactions: trace.txs.length, ...totals, inAmount, fees };
}

/** Keys ("tx:index") of the outputs that the given transactions spend. */
export function spentKeys(trace: Trace, accepted: (tx: number) => boolean): Set<string> {
  const spent = new Set<string>();
  trace.txs.forEach((tx, at) => {
    if (accepted(at)) for (const input of tx.inputs) spent.add(traceOutputKey(input));
  });
  return spent;
}
