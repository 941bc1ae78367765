import { encodeTransaction, txidOf } from '../codec/transaction.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Digest, Epoch, LedgerId, Outpoint, TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Witness } from '../types/transaction.ts';
import type { Owners } from './owners.ts';
import { GENESIS_TX, spentOutput, type Trace } from './trace/trace.ts';

/** The trace's transactions as a ledger takes them, in the trace's order. */
export type SignedTrace = {
  readonly txids: readonly TxId[];
  readonly bytes: readonly Uint8Array[];
  readonly signatures: number;
};

export type SigningContext = {
  readonly ledgerId: LedgerId;
  readonly validUntil: Epoch;
  readonly owners: Owners;
  /** Where the trace's genesis outputs are on the ledger. */
  readonly genesis: readonly Outpoint[];
};

/** Transactions signed between two looks at anything else. */
const SLICE = 200;

/**
 * Names every input by its txid on this ledger and signs once per distinct owner. Yields now and then,
 * so that the caller can show progress. The error names a transaction that is too large.
 */
export function* signTrace(
  trace: Trace,
  context: SigningContext,
): Generator<number, Result<SignedTrace, string>> {
  const { ledgerId, validUntil, owners, genesis } = context;
  const txids: TxId[] = [];
  const bytes: Uint8Array[] = [];
  let signatures = 0;
  for (const [at, tx] of trace.txs.entries()) {
    const inputs = tx.inputs.map(({ tx: from, index }) =>
      from === GENESIS_TX ? genesis[index]! : { txid: txids[from]!, index },
    );
    const outputs = tx.outputs.map(({ owner, amount }) => ({ amount, lock: owners.lock(owner) }));
    const body = { ledgerId, validUntil, inputs, outputs };
    const txid = txidOf(body);
    const payers = new Set(tx.inputs.map((input) => spentOutput(trace, input).owner));
    const witnesses = [...payers].map((owner): Witness => {
      const { publicKey, sign } = owners.signer(owner);
      return { kind: 'key', publicKey, signature: sign(txid as string as Digest) };
    });
    const encoded = encodeTransaction(body, witnesses);
    if (encoded.length > WIRE_LIMITS.transactionBytesMax.value) {
      return err(`transaction ${at} of the trace would have ${encoded.length} bytes`);
    }
    txids.push(txid);
    bytes.push(encoded);
    signatures += witnesses.length;
    if (at % SLICE === SLICE - 1) yield at + 1;
  }
  return ok({ txids, bytes, signatures });
}
