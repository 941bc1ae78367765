import {
  type EpochLedger,
  encodeSnapshotPage,
  leafBytes,
  type SnapshotLeaf,
} from '../../codec/snapshot.ts';
import { acceptedEpochOf, unspentAt } from '../../ledger/coin-record.ts';
import { COIN_TABLE, type Coins } from '../../ledger/coins.ts';
import { feeTxid } from '../../ledger/fees.ts';
import { type Epoch, type LedgerId, outpointKey, type TxId } from '../../types/ids.ts';
import type { Certificate, Outcome } from '../../types/ledger.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import type { Output } from '../../types/transaction.ts';
import type { StoreEntry } from '../ports.ts';

/** An epoch's ledger whose transactions are read one by one as they are asked for. */
export type StoredLedger = Omit<EpochLedger, 'accepted'> & {
  readonly accepted: Iterable<Uint8Array>;
};

/**
 * What an entry of table 'c' adds to the state of `epoch`; null: nothing unspent. A record says for ever
 * in which epochs its outputs were unspent, so any closed epoch will do.
 */
export function snapshotLeaf({ key, value }: StoreEntry, epoch: Epoch): SnapshotLeaf | null {
  const unspent = unspentAt(value, epoch);
  if (unspent.length === 0) return null;
  const txid = key.slice(COIN_TABLE.length) as TxId;
  return { txid, acceptedEpoch: acceptedEpochOf(value), unspent };
}

/** A page of the state of `epoch`, filled from table 'c' in the order of its keys. */
export class SnapshotPage {
  readonly #epoch: Epoch;
  readonly #leaves: SnapshotLeaf[] = [];
  #bytes = 0;
  #reads = 0;
  #last: TxId | null = null;

  constructor(epoch: Epoch) {
    this.#epoch = epoch;
  }

  /** Takes nothing more: the next page begins behind `last`. */
  get isFull(): boolean {
    return (
      this.#leaves.length >= WIRE_LIMITS.snapshotLeavesMax.value ||
      this.#bytes >= API_LIMITS.snapshotPageBytes.value ||
      this.#reads >= API_LIMITS.snapshotPageReadsMax.value
    );
  }

  /** The last transaction looked at; null: none. */
  get last(): TxId | null {
    return this.#last;
  }

  /** Not when it is full. */
  add(entry: StoreEntry): void {
    this.#reads += 1;
    this.#last = entry.key.slice(COIN_TABLE.length) as TxId;
    const leaf = snapshotLeaf(entry, this.#epoch);
    if (leaf === null) return;
    this.#leaves.push(leaf);
    this.#bytes += leafBytes(leaf);
  }

  encode(): Uint8Array {
    return encodeSnapshotPage(this.#leaves);
  }
}

/** Where the parts of an epoch's ledger are. */
export type LedgerParts = {
  readonly ledgerId: LedgerId;
  readonly coins: Coins;
  certificate(epoch: Epoch): Certificate | undefined;
  outcomes(epoch: Epoch): readonly Outcome[];
  /** Of a transaction that the ledger accepted. */
  transaction(txid: TxId): Uint8Array;
};

/** Undefined while the epoch has no certificate here. */
export function storedLedger(parts: LedgerParts, epoch: Epoch): StoredLedger | undefined {
  const certificate = parts.certificate(epoch);
  if (certificate === undefined) return undefined;
  const outcomes = parts.outcomes(epoch);
  function* accepted(): Generator<Uint8Array> {
    for (const outcome of outcomes) if (outcome.accepted) yield parts.transaction(outcome.txid);
  }
  const fees = feeOutputs(parts.coins, feeTxid(parts.ledgerId, epoch));
  return { certificate, outcomes, accepted: { [Symbol.iterator]: accepted }, fees };
}

/** As the epoch made them, spent or not. */
function feeOutputs(coins: Coins, txid: TxId): Output[] {
  const outputs: Output[] = [];
  for (;;) {
    const coin = coins.get(outpointKey(txid, outputs.length));
    if (coin === undefined) return outputs;
    outputs.push({ amount: coin.amount, lock: coin.lock });
  }
}
