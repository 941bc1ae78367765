import type { Digest, Epoch, TxId } from './ids.ts';
import type { Certificate, Outcome, UnspentOutput } from './ledger.ts';

/** Path from leaf `index` of a list of `count` leaves to its Merkle root (codec/merkle-list). */
export type ListProof = {
  readonly index: number;
  readonly count: number;
  readonly siblings: readonly Digest[];
};

/**
 * Path from the place of `key` in the state tree to its root (ledger/state-tree). Where the tree has
 * another leaf at that place, or none, the proof shows absence.
 */
export type StateProof = {
  readonly key: TxId;
  readonly siblings: readonly Digest[];
  /** The leaf found at the place of `key`: its own, another one's, or null for an empty place. */
  readonly leaf: { readonly key: TxId; readonly value: Digest } | null;
};

/** Shows anybody who has the genesis that a transaction got this outcome. */
export type TransactionProof = {
  readonly certificate: Certificate;
  readonly outcome: Outcome;
  readonly path: ListProof;
};

/** Shows which outputs of a transaction are unspent as of the certificate's epoch (none: null). */
export type OutputProof = {
  readonly certificate: Certificate;
  readonly txid: TxId;
  readonly unspent: readonly UnspentOutput[] | null;
  /** The epoch whose ledger accepted the transaction, which its leaf commits to; null with `unspent`. */
  readonly acceptedEpoch: Epoch | null;
  readonly path: StateProof;
};
