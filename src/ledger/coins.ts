import { taggedHash } from '../crypto/hash.ts';
import type { LedgerStore, StoreEntry } from '../replica/ports.ts';
import { assert, defined } from '../std/assert.ts';
import { uint64Bytes } from '../std/bytes.ts';
import { LostEntry } from '../std/lost-entry.ts';
import { RecentMap } from '../std/recent-map.ts';
import { Slice, type Sliced } from '../std/slices.ts';
import {
  type Digest,
  type Epoch,
  type Lock,
  type OutpointKey,
  outpointKey,
  parseOutpointKey,
  type TxId,
} from '../types/ids.ts';
import type { Coin, UnspentOutput } from '../types/ledger.ts';
import type { Output, Transaction } from '../types/transaction.ts';
import {
  acceptedEpochOf,
  createRecord,
  createSparseRecord,
  encodeUnspent,
  leafContentAt,
  markSpent,
  NOBODY,
  readCoin,
  unspentAt,
} from './coin-record.ts';
import { holdsLeaf } from './state-tree.ts';

/** Key tables of this folder (storage/layout.ts). */
export const COIN_TABLE = 'c';
const OWNERS = 'a';

/** Leaves of records of so many bytes are computed between two yields: about a millisecond. */
const SLICE_BYTES = 65_536;

/** Decoded coins kept for the next question: some 300 bytes each. */
const CACHED_COINS_MAX = 32_768;
/** The same where another view has taken over. */
const CLOSED_MAX = 64;

/**
 * The ledger view: what the ledgers of all closed epochs say about every output, spent ones included.
 *
 * Table 'c': txid -> record of all its coins (coin-record.ts). Table 'a': lock + outpoint -> amount,
 * for unspent outputs only. An epoch is applied transaction by transaction and then flushed; only
 * `flush` writes table 'c', so a record that many transactions of the epoch touch is written once.
 */
export class Coins {
  readonly #store: LedgerStore;
  /** What ledgers up to this epoch have spent does not exist, whether its record is still there or not. */
  readonly #forgotten: Epoch;
  /** Records changed since the last flush. */
  readonly #open = new Map<TxId, Uint8Array>();
  #cache = new RecentMap<OutpointKey, Coin>(CACHED_COINS_MAX);

  constructor(store: LedgerStore, forgotten: Epoch = 0) {
    this.#store = store;
    this.#forgotten = forgotten;
  }

  /** Another view goes on; this one is still asked for what it had. */
  close(): void {
    this.#cache = new RecentMap(CLOSED_MAX);
  }

  /** Undefined when no ledger has accepted the output, or an early one has spent it. */
  get(key: OutpointKey): Coin | undefined {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const coin = this.#read(key);
    if (coin === undefined || this.#isForgotten(coin)) return undefined;
    this.#cache.set(key, coin);
    return coin;
  }

  /** The same for who goes by what is not there; `checkAbsent` may throw. */
  find(key: OutpointKey): Coin | undefined {
    const coin = this.get(key);
    if (coin === undefined) this.checkAbsent(parseOutpointKey(key).txid);
    return coin;
  }

  /**
   * To be asked before somebody is told that there is no such output. Throws a LostEntry if the record of a
   * transaction is not found whose leaf is in the state tree: a bit of its key has flipped.
   */
  checkAbsent(txid: TxId): void {
    if (this.#record(txid) !== undefined || !holdsLeaf(this.#store, txid)) return;
    throw new LostEntry(`the coins of ${txid} are gone`);
  }

  /**
   * Spent by a ledger of an ended generation, as far as the record is still here. For who wants to know what became
   * of an output; to admission it does not exist.
   */
  spentBefore(key: OutpointKey): Coin | undefined {
    const coin = this.#read(key);
    const isKnown = coin !== undefined && this.#isForgotten(coin) && coin.spentBy !== NOBODY;
    return isKnown ? coin : undefined;
  }

  /**
   * The ledger of `epoch` accepts the transaction: its inputs are unspent coins (the caller has
   * checked that), its outputs become coins. Returns the fee.
   */
  apply(tx: Pick<Transaction, 'txid' | 'inputs' | 'outputs'>, epoch: Epoch): bigint {
    let fee = 0n;
    for (const { key } of tx.inputs) fee += this.spend(key, tx.txid, epoch).amount;
    for (const output of tx.outputs) fee -= output.amount;
    assert(fee >= 0n, 'a transaction creates no value');
    this.create(tx.txid, tx.outputs, epoch);
    return fee;
  }

  /** Outputs without inputs: genesis, and the fees of an epoch. */
  create(txid: TxId, outputs: readonly Output[], epoch: Epoch): void {
    // Only within the epoch: looking in the store would cost every transaction a read.
    assert(!this.#open.has(txid), 'a transaction is accepted once');
    this.#open.set(txid, createRecord(outputs, epoch));
    // A cut may bring tens of thousands of outputs: their rows must not be made in its step.
    this.#store.putLater(outputs.length, (prefix) => ownerRows(txid, outputs.entries(), prefix));
  }

  /** The unspent outputs of a transaction, from a snapshot. */
  install(txid: TxId, acceptedEpoch: Epoch, unspent: readonly UnspentOutput[]): void {
    this.#open.set(txid, createSparseRecord(unspent, acceptedEpoch));
    const outputs = unspent.map((output) => [output.index, output] as const);
    this.#store.putLater(outputs.length, (prefix) => ownerRows(txid, outputs, prefix));
  }

  /** Returns the coin as it was. */
  spend(key: OutpointKey, by: TxId, epoch: Epoch): Coin {
    const coin = defined(this.find(key), 'a spent coin exists');
    const { txid, index } = parseOutpointKey(key);
    markSpent(this.#openRecord(txid), index, by, epoch);
    this.#store.delete(ownerKey(coin.lock, key));
    this.#cache.delete(key);
    return coin;
  }

  /** Coins of one transaction must follow each other, ascending by index from 0. */
  loadGenesis(coins: Iterable<readonly [OutpointKey, Coin]>): void {
    let txid: TxId | undefined;
    let outputs: Output[] = [];
    for (const [key, coin] of coins) {
      const outpoint = parseOutpointKey(key);
      if (outpoint.txid !== txid) {
        if (txid !== undefined) this.create(txid, outputs, 0);
        txid = outpoint.txid;
        outputs = [];
      }
      assert(outpoint.index === outputs.length, 'genesis coins are in order');
      outputs.push(coin);
    }
    if (txid !== undefined) this.create(txid, outputs, 0);
  }

  /** Writes what changed since the last flush; returns the transactions whose leaves may have. */
  *flush(): Sliced<TxId[]> {
    const slice = new Slice();
    for (const [txid, record] of this.#open) {
      this.#store.put(COIN_TABLE + txid, record);
      if (slice.isFull(1)) yield;
    }
    const touched = [...this.#open.keys()];
    this.#open.clear();
    return touched;
  }

  /**
   * Outputs of the transaction that were unspent when the ledger of `epoch` was closed, with the
   * epoch that accepted it; null when there were none. Later epochs may have been applied meanwhile.
   */
  unspentAt(
    txid: TxId,
    epoch: Epoch,
  ): { readonly acceptedEpoch: Epoch; readonly unspent: UnspentOutput[] } | null {
    const record = this.#record(txid);
    if (record === undefined) return null;
    const unspent = unspentAt(record, epoch);
    if (unspent.length === 0) return null;
    return { acceptedEpoch: acceptedEpochOf(record), unspent };
  }

  /** The epoch that accepted the transaction, of which something is unspent or was lately; 0: genesis, or none. */
  acceptedIn(txid: TxId): Epoch {
    const record = this.#record(txid);
    return record === undefined ? 0 : acceptedEpochOf(record);
  }

  /** The transaction's leaf in the state tree as of `epoch`; null: it has none. */
  leafAt(txid: TxId, epoch: Epoch): Digest | null {
    return leafOf(this.#record(txid), epoch);
  }

  /** What the ledger of `epoch` changes in the state tree; yields now and then so that a driver can slice it. */
  *leavesAt(touched: Iterable<TxId>, epoch: Epoch): Generator<void, Map<TxId, Digest | null>> {
    const leaves = new Map<TxId, Digest | null>();
    let bytes = 0;
    for (const txid of touched) {
      const record = this.#record(txid);
      leaves.set(txid, leafOf(record, epoch));
      bytes += record?.length ?? 0;
      if (bytes < SLICE_BYTES) continue;
      bytes = 0;
      yield;
    }
    return leaves;
  }

  #isForgotten({ spentBy, spentEpoch }: Coin): boolean {
    return spentBy !== null && spentEpoch <= this.#forgotten;
  }

  #read(key: OutpointKey): Coin | undefined {
    const { txid, index } = parseOutpointKey(key);
    const record = this.#record(txid);
    return record && readCoin(record, index);
  }

  #record(txid: TxId): Uint8Array | undefined {
    return this.#open.get(txid) ?? this.#store.get(COIN_TABLE + txid);
  }

  /** A copy that may be changed: what the store holds is not ours to write to. */
  #openRecord(txid: TxId): Uint8Array {
    let record = this.#open.get(txid);
    if (record === undefined) {
      // Not slice(): of a runtime's own byte type that is a view, not a copy.
      record = new Uint8Array(
        defined(this.#store.get(COIN_TABLE + txid), 'the record of a known coin'),
      );
      this.#open.set(txid, record);
    }
    return record;
  }
}

/** The value of a transaction's leaf in the state tree, as its holder can recompute it. */
export function unspentLeaf(acceptedEpoch: Epoch, unspent: readonly UnspentOutput[]): Digest {
  return taggedHash('unspent-outputs', encodeUnspent(acceptedEpoch, unspent));
}

function leafOf(record: Uint8Array | undefined, epoch: Epoch): Digest | null {
  const content = record === undefined ? null : leafContentAt(record, epoch);
  return content === null ? null : taggedHash('unspent-outputs', content);
}

function ownerKey(lock: Lock, key: OutpointKey): string {
  return OWNERS + lock + key;
}

/** The rows of table 'a' that these outputs make, as far as their keys begin with the prefix. */
function* ownerRows(
  txid: TxId,
  outputs: Iterable<readonly [number, Output]>,
  prefix: string,
): Generator<StoreEntry> {
  for (const [index, { amount, lock }] of outputs) {
    const owner = OWNERS + lock;
    if (!owner.startsWith(prefix) && !prefix.startsWith(owner)) continue;
    const key = ownerKey(lock, outpointKey(txid, index));
    if (key.startsWith(prefix)) yield { key, value: uint64Bytes(amount) };
  }
}
