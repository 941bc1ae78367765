import type { Brand } from '../std/brand.ts';
import {
  type Digest,
  type Epoch,
  type LedgerId,
  type Lock,
  type Outpoint,
  type OutpointKey,
  parseOutpointKey,
  type TxId,
} from './ids.ts';

export type Output = { readonly amount: bigint; readonly lock: Lock };

/** Satisfies a key-hash lock: hash(publicKey) is the lock's hash. */
export type KeyWitness = {
  readonly kind: 'key';
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
};

/** Satisfies an m-of-n lock: exactly `threshold` signatures, key indexes ascending. */
export type MultiWitness = {
  readonly kind: 'multi';
  readonly threshold: number;
  readonly publicKeys: readonly Uint8Array[];
  readonly signatures: readonly { readonly index: number; readonly signature: Uint8Array }[];
};

/** One witness opens all inputs of one owner: a payment of many inputs of one owner is one signature check. */
export type Witness = KeyWitness | MultiWitness;

/** What is hashed into the txid and signed. */
export type TransactionBody = {
  readonly ledgerId: LedgerId;
  /** Last epoch in which a correct validator may propose it. */
  readonly validUntil: Epoch;
  readonly inputs: readonly Outpoint[];
  readonly outputs: readonly Output[];
};

/** `key` names the output; made once, when decoding: it is looked up many times. */
export type Input = Outpoint & { readonly key: OutpointKey };

export function inputOf(key: OutpointKey): Input {
  const { txid, index } = parseOutpointKey(key);
  return { txid, index, key };
}

export type Transaction = Omit<TransactionBody, 'inputs'> & {
  readonly inputs: readonly Input[];
  readonly txid: TxId;
  /** One per distinct owner, ascending by the lock that it opens, no two alike. */
  readonly witnesses: readonly Witness[];
  /** The locks that `witnesses` open, in the same order (derived when decoding). */
  readonly witnessLocks: readonly Lock[];
  /** H(txid, H(witnesses)): the leaf of a block's txRoot. */
  readonly leaf: Digest;
  /** The one canonical encoding, witnesses included. Never re-encoded on its way. */
  readonly bytes: Uint8Array;
};

/** Given only by replica/ingress: shape, bounds and every signature have been checked. */
export type Verified<T> = Brand<T, 'Verified'>;
