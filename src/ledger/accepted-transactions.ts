import type { EpochLedger } from '../codec/snapshot.ts';
import { decodeTransaction } from '../codec/transaction.ts';
import { err, ok, type Result } from '../std/result.ts';
import { runToEnd } from '../std/slices.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import { outcomeRoot } from './outcomes.ts';

/**
 * What a ledger has accepted, in the order of the txids, if its outcomes and transactions are those of its checkpoint;
 * who signed that is checked elsewhere. Its fees are part of the state only: they are not among these.
 */
export function acceptedTransactions(ledger: EpochLedger): Result<Transaction[], string> {
  const { outcomes, certificate } = ledger;
  if (!ascends(outcomes)) return err('the outcomes are not ascending by txid');
  if (runToEnd(outcomeRoot(outcomes)) !== certificate.checkpoint.txRoot) {
    return err('the outcomes miss the txRoot');
  }
  const txs: Transaction[] = [];
  const accepted = outcomes.filter((outcome) => outcome.accepted);
  for (const [i, { txid }] of accepted.entries()) {
    const bytes = ledger.accepted[i];
    const decoded = bytes === undefined ? null : decodeTransaction(bytes);
    if (decoded === null || !decoded.ok) return err(`${txid} has no transaction`);
    if (decoded.value.txid !== txid) return err(`${decoded.value.txid} instead of ${txid}`);
    txs.push(decoded.value);
  }
  return ok(txs);
}

function ascends(outcomes: readonly Outcome[]): boolean {
  return outcomes.every(({ txid }, i) => i === 0 || (outcomes[i - 1]?.txid ?? '') < txid);
}
