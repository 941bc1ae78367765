import { readList, writeList } from '../../codec/list.ts';
import type { Reader } from '../../codec/reader.ts';
import type { Writer } from '../../codec/writer.ts';
import type { Need } from '../../consensus/pacemaker.ts';
import { keyLock } from '../../crypto/locks.ts';
import { type Member, resolveEpoch } from '../../execution/resolve.ts';
import type { ClosedEpoch } from '../../ledger/checkpoint.ts';
import { feeTransaction } from '../../ledger/fees.ts';
import { sortOutcomes } from '../../ledger/outcomes.ts';
import { assert, defined } from '../../std/assert.ts';
import { Slice, type Sliced } from '../../std/slices.ts';
import type { DagNode, NodeId } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { Core } from '../core.ts';
import type { Resolution } from './cut-log.ts';
import { noteRejected } from './rejections.ts';
import { untracked } from './untracked.ts';

/** What the application of a cut made known. */
export type Applied = {
  readonly closed: ClosedEpoch;
  /** Everything in the ledger of the epoch. */
  readonly entries: readonly Entry[];
  /** Those that had no outcome here before: executed by the ledger, or by what it set free. */
  readonly executed: readonly Entry[];
  /** Accepted transactions, and parents of them: whose leaves of the state tree may have changed. */
  readonly touched: readonly TxId[];
  /** An outcome here contradicts the agreed one: a bug, or more than f Byzantine validators. */
  readonly diverged: TxId | null;
};

/** Verdicts of all lanes are counted. */
const TRACKED_WEIGHT = 16;

const CLASSES = ['stale', 'clean', 'contested'] as const;

/**
 * Decided cuts: P(e), classes, D(t), the ledger of the epoch (PROTOCOL.md rules 6.7 to 6.10). In slices, since a
 * cut may hold any number of transactions.
 */
export class Cutter {
  readonly #core: Core;
  /** Members of earlier P without outcome. */
  #open: readonly { readonly entry: Entry; readonly member: Member }[] = [];
  #feesCarried: bigint;

  constructor(core: Core) {
    this.#core = core;
    this.#feesCarried = core.start.feesCarried;
  }

  /** Not paid out yet. */
  get feesCarried(): bigint {
    return this.#feesCarried;
  }

  /** The ledger that this cut makes, nothing applied. */
  *resolve(epoch: Epoch, cut: NodeId): Sliced<Resolution> {
    const { graph, index, coins } = this.#core;
    const fresh = yield* this.#newMembers(epoch, graph.node(cut));
    const classified = new Set(fresh.map(({ entry }) => entry.txid));
    const all = [...this.#open, ...fresh].map(({ member }) => member);
    // At the stop cut nothing waits for its rivals: none that is final can come any more (lemma 7.23).
    const stop = this.#core.rules.isStop(epoch);
    const members = stop ? all.map((member) => ({ ...member, dependencies: [] })) : all;
    const outcomes = yield* resolveEpoch(members, {
      outcome: (txid) => {
        const entry = index.get(txid);
        return entry === undefined ? { txid, accepted: true } : (entry.ledger?.outcome ?? null);
      },
      spender: (key) => coins.get(key)?.spentBy ?? null,
      isClassified: (txid) => classified.has(txid) || (index.get(txid)?.cutEpoch ?? 0) > 0,
    });
    return { epoch, cut, fresh, outcomes };
  }

  *apply(resolution: Resolution): Sliced<Applied> {
    const { index, cuts, early } = this.#core;
    const { epoch, cut, fresh, outcomes } = resolution;
    const slice = new Slice();
    for (const { entry } of fresh) {
      index.classify(entry, epoch);
      if (slice.isFull(1)) yield;
    }
    const members = [...this.#open, ...fresh];
    this.#open = members.filter(({ entry }) => !outcomes.has(entry.txid));
    cuts.append(epoch, cut, needOf(fresh.map(({ member }) => member)));
    const touched = yield* this.#applyCoins(resolution);
    const { entries, executed, diverged } = yield* this.#applyOutcomes(members, resolution);
    executed.push(...(yield* early.ledgerApplied(entries)));
    index.forget(epoch);
    const closed = yield* this.#closedEpoch(resolution);
    return { closed, entries, executed, touched, diverged };
  }

  /** No further cut comes: what is left gets no outcome here. */
  close(): void {
    this.#open = [];
  }

  /** What is left of earlier cuts. */
  save(writer: Writer): void {
    writer.u64(this.#feesCarried);
    writeList(writer, this.#open, (to, { entry, member }) => {
      to.digest(entry.txid);
      to.u8(CLASSES.indexOf(member.class));
      writeList(to, member.dependencies, (each, txid) => each.digest(txid));
    });
  }

  load(reader: Reader): void {
    const { index } = this.#core;
    const txid = (from: Reader) => from.digest() as string as TxId;
    this.#feesCarried = reader.u64();
    this.#open = readList(reader, 37, (from) => {
      const entry = defined(index.get(txid(from)), 'members are indexed');
      const byAcks = CLASSES[from.u8()] ?? from.fail('unknown class');
      const dependencies = readList(from, 32, txid);
      return { entry, member: { tx: index.transaction(entry), class: byAcks, dependencies } };
    });
  }

  *#newMembers(epoch: Epoch, cut: DagNode): Sliced<{ entry: Entry; member: Member }[]> {
    const { acks, index, graph, rules } = this.#core;
    const slice = new Slice();
    const fresh: { entry: Entry; member: Member }[] = [];
    for (const entry of this.#untracked(epoch, cut)) {
      const member = this.#member(epoch, entry, 'clean', []);
      fresh.push({ entry, member });
      if (slice.isFull(member.tx.inputs.length)) yield;
    }
    for (const entry of acks.acked(index.tracked.values(), cut)) {
      if (slice.isFull(TRACKED_WEIGHT)) yield;
      const isFull = acks.countVerdicts(entry, cut, false) >= graph.quorum;
      if (!isFull && !rules.isStop(epoch)) continue;
      const clean = acks.countVerdicts(entry, cut, true) > 0;
      if (!isFull && !clean) continue;
      const dependencies = clean ? [] : acks.dependencies(entry, cut);
      const member = this.#member(epoch, entry, clean ? 'clean' : 'contested', dependencies);
      fresh.push({ entry, member });
    }
    return fresh;
  }

  /** What the vectors take in: blocks that became settled since the cut before, tracked ones apart. */
  *#untracked(epoch: Epoch, cut: DagNode): Generator<Entry> {
    const { graph, cuts, rules } = this.#core;
    const before = cuts.cut(epoch - 1);
    const taken = before === 0 ? null : graph.node(before).settled;
    const taking = rules.isStop(epoch) ? this.#judged(cut) : cut.settled;
    for (const entry of untracked(this.#core, taken, taking)) if (entry.cutEpoch === 0) yield entry;
  }

  /** Per lane, the last block that some lane has given verdicts on: clean ones, where nothing is tracked. */
  #judged(cut: DagNode): Int32Array {
    const { graph } = this.#core;
    const judged = new Int32Array(graph.n);
    for (let judge = 0; judge < graph.n; judge++) {
      for (const tip of graph.branchTips(cut, judge)) {
        graph.node(tip).certified.forEach((seq, lane) => {
          judged[lane] = Math.max(judged[lane] as number, seq);
        });
      }
    }
    return judged;
  }

  #member(
    epoch: Epoch,
    entry: Entry,
    byAcks: 'clean' | 'contested',
    dependencies: readonly TxId[],
  ): Member {
    const { index, coins } = this.#core;
    const tx = index.transaction(entry);
    const stale = tx.inputs.some(({ key }) => {
      const coin = coins.get(key);
      return coin?.spentBy != null && coin.spentEpoch <= epoch - 2;
    });
    return { tx, class: stale ? 'stale' : byAcks, dependencies };
  }

  *#applyCoins({ epoch, cut, outcomes }: Resolution): Sliced<TxId[]> {
    const { coins, index, options, rules } = this.#core;
    const slice = new Slice();
    let fees = 0n;
    for (const outcome of outcomes.values()) {
      if (!outcome.accepted) continue;
      const entry = defined(index.get(outcome.txid), 'members are indexed');
      const tx = index.transaction(entry);
      fees += coins.apply(tx, epoch);
      if (slice.isFull(tx.inputs.length + tx.outputs.length)) yield;
    }
    assert(cut !== 0, 'an epoch ends with a cut');
    const payees = rules
      .activeLanes(epoch)
      .map((lane) => keyLock(options.committee.publicKey(lane)));
    const paid = feeTransaction(options.ledgerId, epoch, fees, this.#feesCarried, payees);
    this.#feesCarried = paid.remainder;
    if (paid.outputs.length > 0) coins.create(paid.txid, paid.outputs, epoch);
    return yield* coins.flush();
  }

  *#applyOutcomes(
    members: readonly { entry: Entry; member: Member }[],
    { epoch, outcomes }: Resolution,
  ): Sliced<{ entries: Entry[]; executed: Entry[]; diverged: TxId | null }> {
    const { index, options, span } = this.#core;
    const ends = span.stop !== Number.POSITIVE_INFINITY;
    const slice = new Slice();
    const entries: Entry[] = [];
    const executed: Entry[] = [];
    let diverged: TxId | null = null;
    for (const { entry, member } of members) {
      const outcome = outcomes.get(entry.txid);
      if (outcome === undefined) continue;
      if (entry.early === null) {
        entry.path = member.class === 'contested' ? 'contested' : 'clean';
        executed.push(entry);
      } else if (entry.early.accepted !== outcome.accepted) diverged = entry.txid;
      index.recordOutcome(entry, outcome, epoch);
      if (ends && !outcome.accepted) noteRejected(options.store, entry.txid, epoch);
      entries.push(entry);
      if (slice.isFull(member.tx.inputs.length)) yield;
    }
    return { entries, executed, diverged };
  }

  *#closedEpoch({ epoch, cut, outcomes }: Resolution): Sliced<ClosedEpoch> {
    const { graph, rules } = this.#core;
    const node = graph.node(cut);
    const newestTimesMs = rules.activeLanes(epoch).map((lane) => {
      // Of a lane that forks in the cut the latest branch: `tips` depends on the order of admission.
      const branches = graph.branchTips(node, lane).map((tip) => graph.node(tip).timeMs);
      return Math.max(...branches);
    });
    const sorted = yield* sortOutcomes(outcomes.values());
    return { epoch, cut: node.digest, outcomes: sorted, newestTimesMs };
  }
}

/** Of those that are new in a P, as rule 6.13 has it. */
function needOf(fresh: readonly Member[]): Need {
  if (fresh.some((member) => member.class === 'contested')) return 'resolution';
  return fresh.length > 0 ? 'checkpoint' : 'none';
}
