import type { Block, EpochVote } from '../../types/block.ts';
import type { Digest, Epoch, LaneId, LedgerId, Lock, OutpointKey, TxId } from '../../types/ids.ts';
import { outpointKey } from '../../types/ids.ts';
import type { Output, Transaction } from '../../types/transaction.ts';
import { Bits } from './bits.ts';
import { type Entry, entryOf, inChain } from './entry.ts';

/** What the definitions need to know of a network. */
export type Setting = {
  readonly n: number;
  readonly quorum: number;
  readonly ledgerId: LedgerId;
  readonly minFee: bigint;
  readonly laneWindowMax: number;
  /** 0: one generation. */
  readonly generationEpochs: number;
  readonly paramsDigest: Digest;
  /** Directed runs only: who leads, by (epoch + view), instead of rule 6.6. */
  readonly leaders?: readonly LaneId[];
  /** Where checks are shared: do all witnesses of the block sign? Else whoever hands a block over has looked. */
  readonly isWitnessed?: (block: Block) => boolean;
  readonly genesis: ReadonlyMap<OutpointKey, Output>;
  /** Lock that a lane's share of the fees goes to. */
  readonly payoutLocks: readonly Lock[];
  /** Names the pseudo-transaction that pays out the fees of an epoch. */
  readonly feeTxid: (epoch: Epoch) => TxId;
};

/** An ack: the block at which a chain first had the transaction, and the rivals it had before. */
export type Ack = { readonly at: Entry; readonly before: ReadonlySet<TxId> };
export type Verdict = { readonly at: Entry; readonly clean: boolean };
/** A vote and its place: the block and its position there. */
export type Cast = { readonly at: Entry; readonly position: number; readonly vote: EpochVote };

/**
 * The blocks of a run and PROTOCOL.md's definitions on them, evaluated plainly with sets. Knows
 * nothing of vectors, of arrival order or of time. For runs of a few hundred blocks.
 */
export class Model {
  readonly setting: Setting;
  readonly entries: Entry[] = [];
  readonly byDigest = new Map<Digest, Entry>();
  readonly transactions = new Map<TxId, Transaction>();
  readonly spenders = new Map<OutpointKey, TxId[]>();
  readonly acks = new Map<TxId, Ack[]>();
  readonly verdicts = new Map<TxId, Verdict[]>();
  readonly votes = new Map<Epoch, Cast[]>();
  /** By generation: the cuts before it, and what the lanes' first blocks name. */
  readonly beginnings: { readonly cuts: readonly Entry[]; readonly digest: Digest }[];

  constructor(setting: Setting) {
    this.setting = setting;
    this.beginnings = [{ cuts: [], digest: setting.ledgerId }];
  }

  /** The cuts before the generation that the history begins in. */
  cutsBefore(history: Bits): readonly Entry[] {
    const first = history.first();
    const generation = first === undefined ? 0 : (this.entries[first]?.generation ?? 0);
    return this.beginnings[generation]!.cuts;
  }

  /** Is the epoch's cut the last one of a generation? */
  isStop(epoch: Epoch): boolean {
    const { generationEpochs } = this.setting;
    return generationEpochs > 0 && epoch > 0 && epoch % generationEpochs === 0;
  }

  /** A candidate whose prev and refs are all known here; undefined if one is not. */
  candidate(block: Block): Entry | undefined {
    const { seq } = block.header;
    const prev = seq === 1 ? null : this.byDigest.get(block.header.prev);
    const refs = block.header.refs.map((ref) => this.byDigest.get(ref.digest));
    if (prev === undefined || refs.includes(undefined)) return undefined;
    const { n, isWitnessed = () => true } = this.setting;
    return entryOf(block, { n, entries: this.entries, prev, refs: refs as Entry[], isWitnessed });
  }

  /** Takes a block in: its transactions, its chain's acks and verdicts. */
  register(entry: Entry): void {
    this.entries.push(entry);
    this.byDigest.set(entry.digest, entry);
    if (entry.isSound) for (const tx of entry.block.txs) this.#learn(tx);
    entry.block.votes.forEach((vote, position) => {
      if (vote.kind === 'checked') return;
      const casts = this.votes.get(vote.epoch) ?? [];
      casts.push({ at: entry, position, vote });
      this.votes.set(vote.epoch, casts);
    });
    const acked = this.#ackStep(entry);
    const waiting = [...(entry.prev?.pending ?? []), ...acked];
    entry.pending = waiting.filter((txid) => !this.#giveVerdict(entry, txid));
  }

  /** Takes the newest block out again (it was refused). Its transactions stay known. */
  unregister(entry: Entry): void {
    this.entries.pop();
    this.byDigest.delete(entry.digest);
    forget(this.acks, entry);
    forget(this.verdicts, entry);
    forget(this.votes, entry);
  }

  rivals(txid: TxId): TxId[] {
    const found = new Set<TxId>();
    for (const input of this.transactions.get(txid)!.inputs) {
      for (const spender of this.spenders.get(outpointKey(input.txid, input.index)) ?? []) {
        if (spender !== txid) found.add(spender);
      }
    }
    return [...found];
  }

  #learn(tx: Transaction): void {
    if (this.transactions.has(tx.txid)) return;
    this.transactions.set(tx.txid, tx);
    for (const input of tx.inputs) {
      const key = outpointKey(input.txid, input.index);
      this.spenders.set(key, [...(this.spenders.get(key) ?? []), tx.txid]);
    }
  }

  /** Acks of one step, in order: blocks as in `step`, transactions in batch order. */
  #ackStep(entry: Entry): TxId[] {
    const fresh: TxId[] = [];
    for (const block of entry.step) {
      if (!block.isSound) continue;
      for (const { txid } of block.block.txs) {
        if (this.chainAck(entry, txid) !== undefined) continue;
        const before = this.rivals(txid).filter((r) => this.chainAck(entry, r) !== undefined);
        const records = this.acks.get(txid) ?? [];
        records.push({ at: entry, before: new Set(before) });
        this.acks.set(txid, records);
        fresh.push(txid);
      }
    }
    return fresh;
  }

  /** The ack of the transaction in the chain that ends in `tip`. */
  chainAck(tip: Entry, txid: TxId): Ack | undefined {
    return this.acks.get(txid)?.find((ack) => inChain(ack.at, tip));
  }

  #giveVerdict(entry: Entry, txid: TxId): boolean {
    const { quorum } = this.setting;
    if (entry.prev?.ended === true) return false;
    if (ackLanes(this, txid, entry.history).size < quorum) return false;
    const clean = cleanAckLanes(this, txid, entry.history).size >= quorum;
    const records = this.verdicts.get(txid) ?? [];
    records.push({ at: entry, clean });
    this.verdicts.set(txid, records);
    return true;
  }
}

/** All blocks, as a history. */
export function everything(model: Model): Bits {
  const bits = new Bits();
  for (const entry of model.entries) bits.add(entry.index);
  return bits;
}

/** acks(t,H): lanes that acked a block containing t in H. Of a lane that forks, any chain counts. */
export function ackLanes(model: Model, txid: TxId, history: Bits): Set<LaneId> {
  return lanesIn(model.acks.get(txid), history, () => true);
}

/** cleanAcks(t,H): those whose ack of t comes before their ack of any rival. */
export function cleanAckLanes(model: Model, txid: TxId, history: Bits): Set<LaneId> {
  return lanesIn(model.acks.get(txid), history, (ack) => ack.before.size === 0);
}

export function verdictLanes(model: Model, txid: TxId, history: Bits): Set<LaneId> {
  return lanesIn(model.verdicts.get(txid), history, () => true);
}

export function cleanVerdictLanes(model: Model, txid: TxId, history: Bits): Set<LaneId> {
  return lanesIn(model.verdicts.get(txid), history, (verdict) => verdict.clean);
}

/** deps(t,H): rivals that some lane acked before t in H. */
export function depsIn(model: Model, txid: TxId, history: Bits): Set<TxId> {
  const found = new Set<TxId>();
  for (const ack of model.acks.get(txid) ?? []) {
    if (!history.has(ack.at.index)) continue;
    for (const rival of ack.before) found.add(rival);
  }
  return found;
}

/** Lanes with two blocks of one seq in the history. */
export function equivocators(model: Model, history: Bits): Set<LaneId> {
  const places = new Bits();
  const found = new Set<LaneId>();
  for (const index of history.members()) {
    const { lane, seq } = model.entries[index]!;
    const place = seq * model.setting.n + lane;
    if (places.has(place)) found.add(lane);
    places.add(place);
  }
  return found;
}

function lanesIn<R extends { readonly at: Entry }>(
  records: readonly R[] | undefined,
  history: Bits,
  keep: (record: R) => boolean,
): Set<LaneId> {
  const lanes = new Set<LaneId>();
  for (const record of records ?? []) {
    if (history.has(record.at.index) && keep(record)) lanes.add(record.at.lane);
  }
  return lanes;
}

function forget<K, R extends { readonly at: Entry }>(table: Map<K, R[]>, entry: Entry): void {
  for (const [key, records] of table) {
    if (records.at(-1)?.at !== entry) continue;
    const rest = records.filter((record) => record.at !== entry);
    table.set(key, rest);
  }
}
