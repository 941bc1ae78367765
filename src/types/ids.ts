import type { Brand } from '../std/brand.ts';

/** Every hash in the core is 64 lower-case hex characters: printable, and a Map key by value. */
export type Digest = Brand<string, 'Digest'>;
/** Digest of a transaction's body (without witnesses). */
export type TxId = Brand<string, 'TxId'>;
/** Digest of the canonical genesis; names the ledger in every signed message. */
export type LedgerId = Digest;
/** `txid` followed by the output index as 4 hex digits: 68 hex characters, ordered by txid, index. */
export type OutpointKey = Brand<string, 'OutpointKey'>;
/** Lock kind (2 hex digits) followed by its hash (64): what an output demands of its spender. */
export type Lock = Brand<string, 'Lock'>;

/** Index of a validator in the committee, 0..n-1. Its chain of blocks is the lane of that number. */
export type LaneId = number;
/** Position of a block in its lane, from 1. 0 means "none". */
export type Seq = number;
/** Number of cuts decided. The first instance is epoch 1; genesis outputs are accepted in epoch 0. */
export type Epoch = number;
export type View = number;

export const ZERO_DIGEST = '0'.repeat(64) as Digest;

export type Outpoint = { readonly txid: TxId; readonly index: number };

export function outpointKey(txid: TxId, index: number): OutpointKey {
  return (txid + index.toString(16).padStart(4, '0')) as OutpointKey;
}

export function parseOutpointKey(key: OutpointKey): Outpoint {
  return { txid: key.slice(0, 64) as TxId, index: Number.parseInt(key.slice(64), 16) };
}
