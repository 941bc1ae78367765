import { encodeTransaction, txidOf } from '../../codec/transaction.ts';
import { keyLock, multiLock } from '../../crypto/locks.ts';
import { compareBytes } from '../../std/bytes.ts';
import type { Digest, Epoch, LedgerId, Lock, Outpoint, TxId } from '../../types/ids.ts';
import type { Output, TransactionBody, Witness } from '../../types/transaction.ts';
import { mockKey, mockSigner } from './mock-signatures.ts';

/** Somebody who owns outputs: one key, or m of n keys. */
export type Owner = {
  readonly lock: Lock;
  readonly witness: (txid: TxId) => Witness;
};

export type Spendable = Outpoint & { readonly amount: bigint; readonly owner: Owner };

const OWNER_KIND = 2;

export function keyOwner(index: number): Owner {
  const publicKey = mockKey(OWNER_KIND, index);
  const signer = mockSigner(publicKey);
  return {
    lock: keyLock(publicKey),
    witness: (txid) => ({
      kind: 'key',
      publicKey,
      signature: signer.sign(txid as string as Digest),
    }),
  };
}

/** 2 of 3. */
export function multiOwner(index: number): Owner {
  const publicKeys = [0, 1, 2]
    .map((key) => mockKey(OWNER_KIND + 1 + key, index))
    .sort(compareBytes);
  const signatures = (txid: TxId) =>
    [0, 2].map((key) => ({
      index: key,
      signature: mockSigner(publicKeys[key]!).sign(txid as string as Digest),
    }));
  return {
    lock: multiLock(2, publicKeys),
    witness: (txid) => ({
      kind: 'multi',
      threshold: 2,
      publicKeys,
      signatures: signatures(txid),
    }),
  };
}

/** The bytes of a signed transaction, and its txid. */
export function signTransaction(
  ledgerId: LedgerId,
  inputs: readonly Spendable[],
  outputs: readonly Output[],
  validUntil: Epoch,
): { readonly txid: TxId; readonly bytes: Uint8Array } {
  const body: TransactionBody = {
    ledgerId,
    validUntil,
    inputs: inputs.map(({ txid, index }) => ({ txid, index })),
    outputs,
  };
  const txid = txidOf(body);
  const owners = new Map(inputs.map(({ owner }) => [owner.lock, owner]));
  const witnesses = [...owners.values()].map((owner) => owner.witness(txid));
  return { txid, bytes: encodeTransaction(body, witnesses) };
}
