import type { Digest, Epoch, LaneId, Lock, OutpointKey, Seq, TxId } from '../types/ids.ts';

/**
 * The whole key schema of the store. A key is the letter of its table followed by lower-case hex, so
 * that keys sort as their fields do; numbers are 8 hex digits. All of it is implied by the journal.
 */
export const TABLES = {
  /** ordinal -> node record: what an admitted block's history implies (tips, frontier ...) */
  b: 'admitted blocks',
  /** block digest -> ordinal */
  d: 'block digests',
  /** lane, seq -> ordinals of the admitted blocks with that position, in the order of admission */
  l: 'lane positions',
  /** txid -> transaction record: where it stands, verdict, outcome */
  t: 'transactions',
  /** outpoint -> txids seen to spend it, in the order of admission */
  s: 'spenders',
  /** outpoint -> coin, kept after it is spent */
  c: 'coins',
  /** lock, outpoint -> amount, of unspent outputs only */
  a: 'unspent outputs by owner',
  /** epoch -> checkpoint with its signatures */
  k: 'checkpoints',
  /** epoch -> outcome list of its ledger */
  o: 'epoch outcomes',
  /** path -> node of the state tree */
  n: 'state tree',
  /** lane, seq, digest -> equivocation evidence */
  e: 'evidence',
} as const;

export type Table = keyof typeof TABLES;

export const blockKey = (ordinal: number): string => `b${number(ordinal)}`;
export const digestKey = (digest: Digest): string => `d${digest}`;
export const laneKey = (lane: LaneId, seq: Seq): string => `l${number(lane)}${number(seq)}`;
export const transactionKey = (txid: TxId): string => `t${txid}`;
export const spendersKey = (outpoint: OutpointKey): string => `s${outpoint}`;
export const coinKey = (outpoint: OutpointKey): string => `c${outpoint}`;
export const ownedPrefix = (lock: Lock): string => `a${lock}`;
export const ownedKey = (lock: Lock, outpoint: OutpointKey): string => `a${lock}${outpoint}`;
export const checkpointKey = (epoch: Epoch): string => `k${number(epoch)}`;
export const outcomesKey = (epoch: Epoch): string => `o${number(epoch)}`;
/** `path`: whole bytes of hex. */
export const stateNodeKey = (path: string): string => `n${path}`;
export const evidenceKey = (lane: LaneId, seq: Seq, digest: Digest): string =>
  `e${number(lane)}${number(seq)}${digest}`;

/** The outpoint in a key of table `a`, which ends with it. */
export function ownedOutpoint(key: string): OutpointKey {
  return key.slice(-68) as OutpointKey;
}

function number(value: number): string {
  return value.toString(16).padStart(8, '0');
}
