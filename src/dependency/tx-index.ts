import { readList, writeList } from '../codec/list.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { Table } from '../replica/ports.ts';
import { assert, defined } from '../std/assert.ts';
import { RecentMap } from '../std/recent-map.ts';
import type { Block } from '../types/block.ts';
import type { Dag, DagNode, NodeId } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Epoch, LaneId, OutpointKey, Seq, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import { decodeEntry, encodeEntry } from './entry-record.ts';
import { readOpenEntry, TXID_BYTES, writeOpenEntry } from './open-entry.ts';
import { RejectedSpenders } from './rejected-spenders.ts';
import { type LedgerSpender, Spenders } from './spenders.ts';

/** Which blocks are sound (section 10). */
export type Soundness = {
  /** Not known yet. */
  isOpen(block: NodeId): boolean;
  /** Finds out. */
  isSound(block: NodeId): boolean;
};

/** How many old entries are kept at hand once they were asked for. */
const RECALLED_MAX = 4096;
/** The same where the generation is over, of which there may be any number. */
const CLOSED_MAX = 64;
/** How many epochs an entry stays in memory after the ledger has it. */
const EPOCHS_KEPT = 2;

/**
 * The transactions of all admitted blocks, and which of them are tracked. Those without an outcome in the
 * ledger are in memory, the others are read from the store on demand.
 */
export class TxIndex {
  readonly #dag: Dag;
  readonly #table: Table;
  readonly #soundness: Soundness;
  readonly #entries = new Map<TxId, Entry>();
  readonly #spenders: Spenders;
  readonly #rejected: RejectedSpenders;
  readonly #tracked = new Map<TxId, Entry>();
  /** Those in memory that the ledger of an epoch has. */
  readonly #inLedger = new Map<Epoch, TxId[]>();
  /** Entries that left memory and were asked for again. */
  #recalled = new RecentMap<TxId, Entry>(RECALLED_MAX);

  constructor(dag: Dag, table: Table, ledgerSpender: LedgerSpender, soundness: Soundness) {
    this.#dag = dag;
    this.#table = table;
    const copies = (txid: TxId) => defined(this.get(txid), 'what a ledger has is kept').copies;
    this.#rejected = new RejectedSpenders(table, dag, copies);
    this.#spenders = new Spenders(this.#rejected, ledgerSpender);
    this.#soundness = soundness;
  }

  get(txid: TxId): Entry | undefined {
    const entry = this.#entries.get(txid);
    if (entry !== undefined) return entry;
    const recalled = this.#recalled.get(txid);
    if (recalled !== undefined) return recalled;
    const stored = this.#table.get(`t${txid}`);
    return stored === undefined ? undefined : this.#recall(decodeEntry(txid, stored));
  }

  /** Tracked transactions that no P holds yet. */
  get tracked(): ReadonlyMap<TxId, Entry> {
    return this.#tracked;
  }

  transaction(entry: Entry): Transaction {
    if (entry.tx !== null) return entry.tx;
    const copy = defined(entry.copies[0], 'an entry has a copy');
    return defined(this.#dag.block(copy.block).txs[copy.index], 'the copy stands there');
  }

  /** The transactions of admitted blocks that spend this output, but for rejected ones that others cover (lemma 7.4.1). */
  spenders(key: OutpointKey): readonly TxId[] {
    return this.#spenders.of(key);
  }

  /** The last of those in the chain that ends in this block; null: there is none. */
  lastCovered(key: OutpointKey, tip: NodeId): TxId | null {
    return this.#rejected.lastInChain(key, tip);
  }

  /** Does it stand in a sound block? What is not known yet is found out. */
  isStanding(txid: TxId): boolean {
    for (const { block } of this.#entries.get(txid)?.copies ?? []) {
      if (this.#soundness.isOpen(block)) this.#soundness.isSound(block);
    }
    return this.get(txid) !== undefined;
  }

  /** Does the block carry a copy or a rival of what is known? Then its soundness matters at once (rule 10.6). */
  conflicts({ txs }: Block): boolean {
    return txs.some(
      ({ txid, inputs }) =>
        this.get(txid) !== undefined || inputs.some(({ key }) => this.spenders(key).length > 0),
    );
  }

  /** Lets go of the transactions of a block that is not sound: nothing has counted them yet. */
  remove(id: NodeId): void {
    for (const { txid, inputs } of this.#dag.block(id).txs) {
      const entry = this.#entries.get(txid);
      if (entry === undefined) continue;
      entry.copies = entry.copies.filter(({ block }) => block !== id);
      if (entry.copies.length > 0) continue;
      assert(entry.tracking === null, 'what is tracked is sound');
      this.#entries.delete(txid);
      for (const { key } of inputs) this.#spenders.remove(key, txid);
    }
  }

  /** Takes up the transactions of a block that was just admitted; returns the entries new here. */
  add(node: DagNode, block: Block, nowMs: number): Entry[] {
    const fresh: Entry[] = [];
    block.txs.forEach((tx, index) => {
      const known = this.isStanding(tx.txid) ? this.get(tx.txid) : undefined;
      if (known !== undefined) this.#addCopy(known, node.id, index);
      else fresh.push(this.#addEntry(tx, node.id, index, nowMs));
    });
    return fresh;
  }

  /**
   * The lane's blocks from `seq` up with a transaction that is in memory. Those in the store need no tracking
   * ahead of time: who recalls one tracks it. So a late fork costs no walk through the whole lane.
   */
  blocksFrom(lane: LaneId, seq: Seq): Set<NodeId> {
    const blocks = new Set<NodeId>();
    for (const { copies } of this.#entries.values()) {
      for (const { block } of copies) {
        const node = this.#dag.node(block);
        if (node.lane === lane && node.seq >= seq) blocks.add(block);
      }
    }
    return blocks;
  }

  /** Tracks what stands in these blocks of a lane, at or above a seq of which two are known. */
  trackFork(blocks: Iterable<NodeId>): void {
    for (const id of blocks) {
      for (const tx of this.#dag.block(id).txs) {
        this.track(defined(this.get(tx.txid), 'admitted transactions are indexed'));
      }
    }
  }

  track(entry: Entry): void {
    if (entry.tracking !== null) return;
    const rivals = new Set<TxId>();
    for (const input of this.transaction(entry).inputs) {
      for (const rival of this.spenders(input.key)) if (this.isStanding(rival)) rivals.add(rival);
    }
    rivals.delete(entry.txid);
    entry.tracking = { rivals, acks: new Map(), verdicts: new Map() };
    if (entry.cutEpoch === 0) this.#tracked.set(entry.txid, entry);
  }

  /** The transaction is in the P of this epoch. */
  classify(entry: Entry, epoch: Epoch): void {
    assert(entry.cutEpoch === 0, 'a transaction enters one P');
    entry.cutEpoch = epoch;
    this.#tracked.delete(entry.txid);
  }

  /** The ledger of `epoch` gave this outcome. */
  recordOutcome(entry: Entry, outcome: Outcome, epoch: Epoch): void {
    entry.ledger = { outcome, epoch };
    const tx = this.transaction(entry);
    for (const { key } of tx.inputs) {
      if (!outcome.accepted) this.#rejected.add(key, entry.txid);
      this.#spenders.remove(key, entry.txid);
    }
    this.#table.put(`t${entry.txid}`, encodeEntry(entry));
    const list = this.#inLedger.get(epoch);
    if (list === undefined) this.#inLedger.set(epoch, [entry.txid]);
    else list.push(entry.txid);
  }

  /** Those that no ledger has an outcome for, in the order of admission. */
  *open(): Generator<Entry> {
    for (const entry of this.#entries.values()) if (entry.ledger === null) yield entry;
  }

  /** Those of them that stand in sound blocks; what is not known yet is found out. */
  standing(): Entry[] {
    return [...this.open()].filter(({ txid }) => this.isStanding(txid));
  }

  /** The generation is over: what the ledgers have is read from the store from now on, the rest is gone. */
  close(): void {
    for (const held of [this.#entries, this.#spenders, this.#tracked, this.#inLedger]) held.clear();
    this.#recalled = new RecentMap(CLOSED_MAX);
  }

  /** Lets go of what the ledgers of old epochs hold; the store has it. */
  forget(applied: Epoch): void {
    for (const [epoch, txids] of this.#inLedger) {
      if (epoch > applied - EPOCHS_KEPT) continue;
      for (const txid of txids) this.#entries.delete(txid);
      this.#inLedger.delete(epoch);
    }
  }

  /** What the store does not have. */
  save(writer: Writer): void {
    const open = [...this.open()];
    writeList(writer, open, writeOpenEntry);
    // Those that are in no P first: their order is that of the map.
    const rest = open.filter(({ txid, tracking }) => tracking !== null && !this.#tracked.has(txid));
    const tracked = [...this.#tracked.values(), ...rest];
    writeList(writer, tracked, (to, { txid }) => to.digest(txid));
  }

  /** Continues an empty index. What is remembered of tracked ones is found again when it is asked for. */
  load(reader: Reader, nowMs: number): void {
    assert(this.#entries.size === 0, 'an empty index continues');
    for (const known of readList(reader, TXID_BYTES, readOpenEntry)) {
      const entry: Entry = { ...known, tx: null, seenMs: nowMs };
      entry.tx = this.transaction(entry);
      this.#entries.set(entry.txid, entry);
      for (const { key } of entry.tx.inputs) this.#spenders.add(key, entry.txid);
    }
    for (const txid of readList(reader, TXID_BYTES, (from) => from.digest() as string as TxId)) {
      this.track(defined(this.#entries.get(txid), 'what is tracked is open'));
    }
  }

  #recall(entry: Entry): Entry {
    this.#recalled.set(entry.txid, entry);
    return entry;
  }

  #addEntry(tx: Transaction, block: NodeId, index: number, nowMs: number): Entry {
    const entry: Entry = {
      txid: tx.txid,
      tx,
      copies: [{ block, index }],
      seenMs: nowMs,
      tracking: null,
      early: null,
      path: null,
      cutEpoch: 0,
      ledger: null,
    };
    this.#entries.set(tx.txid, entry);
    for (const { key } of tx.inputs) {
      const others = this.#others(key);
      this.#spenders.add(key, entry.txid);
      this.#meet(entry, others);
    }
    return entry;
  }

  #addCopy(entry: Entry, block: NodeId, index: number): void {
    entry.copies.push({ block, index });
    if (entry.ledger === null) this.track(entry);
    else this.#table.put(`t${entry.txid}`, encodeEntry(entry));
    if (entry.ledger?.outcome.accepted !== false) return;
    // The copy may stand before what covers it.
    for (const { key } of this.transaction(entry).inputs) {
      this.#meet(entry, this.#others(key));
      this.#rejected.add(key, entry.txid);
    }
  }

  #others(key: OutpointKey): TxId[] {
    return this.spenders(key).filter((txid) => this.isStanding(txid));
  }

  /** They are rivals. */
  #meet(entry: Entry, others: readonly TxId[]): void {
    if (others.length === 0) return;
    this.track(entry);
    for (const txid of others) {
      if (txid === entry.txid) continue;
      const other = this.#entries.get(txid) ?? this.#recalled.get(txid);
      entry.tracking?.rivals.add(txid);
      if (other === undefined) continue;
      this.track(other);
      other.tracking?.rivals.add(entry.txid);
    }
  }
}
