import type { Wallet } from '../../client/wallet.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { Fleet } from '../fleet.ts';
import { Owners } from '../owners.ts';
import { fundTrace, signAll } from '../prepare.ts';
import { synthesizeTrace } from '../trace/synthesize.ts';
import type { Trace } from '../trace/trace.ts';
import { liftFees } from '../trace/trace-arithmetic.ts';
import type { Payments, PaymentsRequest } from './payments.ts';

export type AlthingPurse = { readonly urls: readonly string[]; readonly wallet: Wallet };

/**
 * One input, two outputs, one signature each, from a coin of its own; or the first payments of `trace`,
 * with what they depend on. Throws AlthingError when a validator cannot be reached.
 */
export async function althingPayments(
  { urls, wallet }: AlthingPurse,
  { count, runId, payees, onProgress }: PaymentsRequest,
  trace: Trace | null,
): Promise<Result<Payments, string>> {
  const fleet = new Fleet(urls);
  try {
    const params = await fleet.client(0).params();
    const plain =
      trace ?? synthesizeTrace({ kind: 'uniform', transactions: count, seed: runId, payees });
    if (plain.txs.length < count) {
      return err(`the trace has ${plain.txs.length} transactions, ${count} are due`);
    }
    const cut = liftFees(firstOf(plain, count), params.minFee).trace;
    const owners = new Owners(cut.seed, runId);
    const preparation = { fleet, params, trace: cut, owners };
    onProgress('funding', 0, count);
    const funding = await fundTrace(preparation, wallet);
    if (!funding.ok) return funding;
    const signed = await signAll(preparation, funding.value.outpoints, (done) =>
      onProgress('signing', done, count),
    );
    if (!signed.ok) return signed;
    return ok({ ids: signed.value.txids, bytes: signed.value.bytes });
  } finally {
    await fleet.close();
  }
}

/** The first `count` transactions; what only later ones spend is left out of genesis. */
function firstOf(trace: Trace, count: number): Trace {
  if (trace.txs.length === count) return trace;
  const txs = trace.txs.slice(0, count);
  const numbers = new Map<number, number>();
  for (const { inputs } of txs) {
    for (const { tx, index } of inputs) {
      if (tx < 0 && !numbers.has(index)) numbers.set(index, numbers.size);
    }
  }
  const genesis = [...numbers.keys()].map((index) => trace.genesis[index]!);
  const renumbered = txs.map((tx) => ({
    ...tx,
    inputs: tx.inputs.map((input) =>
      input.tx < 0 ? { tx: input.tx, index: numbers.get(input.index) as number } : input,
    ),
  }));
  return { ...trace, genesis, txs: renumbered };
}
