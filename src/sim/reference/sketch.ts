import type { Block, BlockHeader, Vote } from '../../types/block.ts';
import { refOf } from '../../types/block.ts';
import type { Digest, Epoch, LaneId, Lock, OutpointKey, TxId } from '../../types/ids.ts';
import { outpointKey, ZERO_DIGEST } from '../../types/ids.ts';
import { inputOf, type Output, type Transaction } from '../../types/transaction.ts';
import type { Setting } from './model.ts';

/** Histories drawn by hand: blocks and transactions with names for digests, no bytes, no keys. */

const LEDGER = named('ledger') as Digest;
const LOCK = `01${ZERO_DIGEST}` as Lock;

/** 64 hex digits that keep the order of short names. */
export function named(name: string): string {
  let hex = '';
  for (let i = 0; i < name.length; i++) hex += name.charCodeAt(i).toString(16).padStart(2, '0');
  return hex.padEnd(64, '0').slice(0, 64);
}

export const GENESIS_TX = named('genesis') as TxId;

export function sketchSetting(n: number, overrides: Partial<Setting> = {}): Setting {
  const f = Math.floor((n - 1) / 3);
  const genesis = new Map<OutpointKey, Output>();
  for (let i = 0; i < 64; i++) {
    genesis.set(outpointKey(GENESIS_TX, i), { amount: 100n, lock: LOCK });
  }
  return {
    n,
    quorum: Math.floor((n + f) / 2) + 1,
    ledgerId: LEDGER,
    minFee: 1n,
    laneWindowMax: 8,
    generationEpochs: 0,
    paramsDigest: ZERO_DIGEST,
    genesis,
    payoutLocks: Array.from({ length: n }, () => LOCK),
    feeTxid: (epoch) => named(`fee${epoch}`) as TxId,
    ...overrides,
  };
}

/** Spends the named outputs (`3` is output 3 of the genesis) into `outputs` equal parts, fee 1. */
export function sketchTransaction(
  name: string,
  spends: readonly (number | readonly [Transaction, number])[],
  amounts: readonly bigint[] = [BigInt(spends.length) * 100n - 1n],
): Transaction {
  const txid = named(name) as TxId;
  return {
    txid,
    ledgerId: LEDGER,
    validUntil: 1_000_000,
    inputs: spends.map((spend) =>
      inputOf(
        typeof spend === 'number'
          ? outpointKey(GENESIS_TX, spend)
          : outpointKey(spend[0].txid, spend[1]),
      ),
    ),
    outputs: amounts.map((amount) => ({ amount, lock: LOCK })),
    witnesses: [],
    witnessLocks: [LOCK],
    leaf: named(`leaf${name}`) as Digest,
    bytes: new Uint8Array(),
  };
}

export type Stroke = {
  readonly refs?: readonly Block[];
  readonly txs?: readonly Transaction[];
  readonly votes?: readonly Vote[];
  readonly epoch?: Epoch;
  /** Another predecessor than the lane's newest: a fork. null: a second first block. */
  readonly prev?: Block | null;
  readonly header?: Partial<BlockHeader>;
};

/** Draws blocks lane by lane; each continues its lane's newest one unless told otherwise. */
export class Sketch {
  readonly #newest = new Map<LaneId, Block>();
  #drawn = 0;

  draw(lane: LaneId, stroke: Stroke = {}): Block {
    const prev = stroke.prev === undefined ? this.#newest.get(lane) : (stroke.prev ?? undefined);
    const seq = (prev?.header.seq ?? 0) + 1;
    const refs = [...(stroke.refs ?? [])].sort((a, b) => a.header.lane - b.header.lane);
    const txs = stroke.txs ?? [];
    const header: BlockHeader = {
      ledgerId: LEDGER,
      committee: 0,
      lane,
      generation: 0,
      seq,
      prev: prev?.digest ?? LEDGER,
      epoch: stroke.epoch ?? 0,
      timeMs: 0,
      refs: refs.map(refOf),
      txCount: txs.length,
      txBytes: 0,
      txRoot: ZERO_DIGEST,
      votesHash: ZERO_DIGEST,
      ...stroke.header,
    };
    const digest = named(`${lane}/${seq}/${this.#drawn++}`) as Digest;
    const bytes = new Uint8Array();
    const votes = stroke.votes ?? [];
    const block = { header, digest, signature: bytes, txs, votes, bytes };
    this.#newest.set(lane, block);
    return block;
  }
}
