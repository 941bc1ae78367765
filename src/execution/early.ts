import { readList, writeList } from '../codec/list.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { defined } from '../std/assert.ts';
import { Slice, type Sliced } from '../std/slices.ts';
import type { Entry } from '../types/entry.ts';
import type { OutpointKey, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import { execute } from './resolve.ts';

export type EarlyView = {
  entry(txid: TxId): Entry | undefined;
  transaction(entry: Entry): Transaction;
  /** Who spent the output in a ledger, null if nobody did. */
  ledgerSpender(key: OutpointKey): TxId | null;
};

/**
 * Executes clean, final transactions at once, ahead of the ledger that will hold them (section 5).
 * They commute, so the order does not matter; each waits only for the outcomes of its parents.
 */
export class EarlyExecution {
  readonly #view: EarlyView;
  /** Outputs spent by what is accepted here but in no ledger yet. */
  readonly #spent = new Map<OutpointKey, TxId>();
  readonly #children = new Map<TxId, Entry[]>();
  readonly #waiting = new Set<TxId>();

  constructor(view: EarlyView) {
    this.#view = view;
  }

  /** Accepted or rejected here, in a ledger or ahead of it; null while open. */
  outcome(txid: TxId): Outcome | null {
    const entry = this.#view.entry(txid);
    // Without entry: an output of genesis or fees, which needs no execution.
    if (entry === undefined) return { txid, accepted: true };
    return entry.ledger?.outcome ?? entry.early;
  }

  /** Inputs of what is accepted here but in no ledger yet: the work of the next cut. */
  get inputsAhead(): number {
    return this.#spent.size;
  }

  spender(key: OutpointKey): TxId | null {
    return this.#spent.get(key) ?? this.#view.ledgerSpender(key);
  }

  /** A transaction became final and clean. Returns what got its outcome, children included. */
  offer(entry: Entry): Entry[] {
    const done: Entry[] = [];
    const queue = [entry];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (this.#waiting.has(next.txid) || this.outcome(next.txid) !== null) continue;
      if (this.#waits(next)) continue;
      this.#run(next);
      done.push(next);
      queue.push(...this.#release(next.txid));
    }
    return done;
  }

  /**
   * A ledger gave these outcomes (already in the entries). What they spend is in the ledger now; final
   * transactions that waited for them run. Returns what got its outcome here by that.
   */
  *ledgerApplied(entries: readonly Entry[]): Sliced<Entry[]> {
    const slice = new Slice();
    const done: Entry[] = [];
    for (const entry of entries) {
      const { inputs } = this.#view.transaction(entry);
      for (const { key } of inputs) {
        if (this.#spent.get(key) === entry.txid) this.#spent.delete(key);
      }
      if (slice.isFull(inputs.length)) yield;
    }
    for (const entry of entries) {
      for (const child of this.#release(entry.txid)) done.push(...this.offer(child));
      if (slice.isFull(1)) yield;
    }
    return done;
  }

  /** What waits gets no outcome here any more. */
  close(): void {
    for (const held of [this.#spent, this.#children, this.#waiting]) held.clear();
  }

  /** Who waits for whom. */
  save(writer: Writer): void {
    writeList(writer, [...this.#children], (to, [parent, children]) => {
      to.digest(parent);
      writeList(to, children, (each, { txid }) => each.digest(txid));
    });
  }

  /** `open`: all transactions without an outcome in the ledger. */
  load(reader: Reader, open: Iterable<Entry>): void {
    const txid = (from: Reader) => from.digest() as string as TxId;
    readList(reader, 36, (from) => {
      const parent = txid(from);
      const children = readList(from, 32, (each) =>
        defined(this.#view.entry(txid(each)), 'what waits is indexed'),
      );
      this.#children.set(parent, children);
      for (const child of children) this.#waiting.add(child.txid);
    });
    for (const entry of open) if (entry.early?.accepted === true) this.#spendInputs(entry);
  }

  #waits(entry: Entry): boolean {
    for (const { txid } of this.#view.transaction(entry).inputs) {
      if (this.outcome(txid) !== null) continue;
      const waiting = this.#children.get(txid);
      if (waiting === undefined) this.#children.set(txid, [entry]);
      else waiting.push(entry);
      this.#waiting.add(entry.txid);
      return true;
    }
    return false;
  }

  #run(entry: Entry): void {
    const outcome = execute(
      this.#view.transaction(entry),
      (txid) => this.outcome(txid),
      (key) => this.spender(key),
    );
    entry.early = outcome;
    entry.path = 'clean';
    if (outcome.accepted) this.#spendInputs(entry);
  }

  #spendInputs(entry: Entry): void {
    for (const { key } of this.#view.transaction(entry).inputs) this.#spent.set(key, entry.txid);
  }

  #release(txid: TxId): Entry[] {
    const waiting = this.#children.get(txid) ?? [];
    this.#children.delete(txid);
    for (const child of waiting) this.#waiting.delete(child.txid);
    return waiting;
  }
}
