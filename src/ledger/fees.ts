import { taggedHash } from '../crypto/hash.ts';
import { hexToBytes } from '../crypto/native-bytes.ts';
import { uint32Bytes } from '../std/bytes.ts';
import type { Epoch, LedgerId, Lock, TxId } from '../types/ids.ts';
import type { Output } from '../types/transaction.ts';

export type FeeTransaction = {
  readonly txid: TxId;
  /** One per payout lock, in their order; none when there is less than one unit for each. */
  readonly outputs: readonly Output[];
  /** What is left for the next epoch. */
  readonly remainder: bigint;
};

/**
 * Pays the fees of an epoch, and what the epoch before left over, in equal shares to the lanes with
 * new blocks in its cut, whoever carried a transaction: else copying would pay (PROTOCOL.md section 6).
 */
export function feeTransaction(
  ledgerId: LedgerId,
  epoch: Epoch,
  fees: bigint,
  carriedOver: bigint,
  payoutLocks: readonly Lock[],
): FeeTransaction {
  const txid = feeTxid(ledgerId, epoch);
  const total = fees + carriedOver;
  const share = payoutLocks.length === 0 ? 0n : total / BigInt(payoutLocks.length);
  if (share === 0n) return { txid, outputs: [], remainder: total };
  return {
    txid,
    outputs: payoutLocks.map((lock) => ({ amount: share, lock })),
    remainder: total - share * BigInt(payoutLocks.length),
  };
}

export function feeTxid(ledgerId: LedgerId, epoch: Epoch): TxId {
  return taggedHash('fee-transaction', hexToBytes(ledgerId), uint32Bytes(epoch)) as string as TxId;
}
