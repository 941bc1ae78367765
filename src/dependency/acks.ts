import { defined } from '../std/assert.ts';
import type { Dag, DagNode, History, NodeId } from '../types/dag.ts';
import type { Ack, Entry, Tracking, Verdict } from '../types/entry.ts';
import type { LaneId, TxId } from '../types/ids.ts';
import { firstOnChain } from './chain-search.ts';

type Place = Omit<Ack, 'clean'>;

/**
 * Acks and verdicts of tracked transactions by the definitions of PROTOCOL.md sections 3 and 4, one
 * chain at a time. A chain is named by its last block. What is found is a fact about the chain for ever,
 * so it is remembered with the block at which it became one.
 */
export class Acks {
  readonly #dag: Dag;
  readonly #entry: (txid: TxId) => Entry | undefined;

  constructor(dag: Dag, entry: (txid: TxId) => Entry | undefined) {
    this.#dag = dag;
    this.#entry = entry;
  }

  /** The first ack of the transaction in the chain that ends in `tip`. */
  ack(entry: Entry, tip: NodeId): Ack | null {
    const tracking = tracked(entry);
    const { lane } = this.#dag.node(tip);
    const known = this.#recall(tracking.acks.get(lane), tip);
    if (known !== undefined) return known;
    const place = this.#firstPlace(entry, tip);
    if (place === null) return null;
    const ack = { ...place, clean: this.#precedesRivals(tracking, place) };
    if (ack.block !== this.#dag.candidate) remember(tracking.acks, lane, ack);
    return ack;
  }

  /** The verdict of the chain that ends in `tip` (rule 3.3). */
  verdict(entry: Entry, tip: NodeId): Verdict | null {
    const tracking = tracked(entry);
    const { lane } = this.#dag.node(tip);
    const known = this.#recall(tracking.verdicts.get(lane), tip);
    if (known !== undefined) return known;
    const enough = (node: DagNode) => this.countAcks(entry, node, false) >= this.#dag.quorum;
    const block = firstOnChain(this.#dag, tip, enough);
    if (block === 0) return null;
    const node = this.#dag.node(block);
    // Behind its END a chain gives none (rule 9.2).
    if (node.prev !== 0 && this.#dag.node(node.prev).stance.ended) return null;
    const clean = this.countAcks(entry, node, true) >= this.#dag.quorum;
    const verdict = { block, seq: node.seq, clean };
    if (block !== this.#dag.candidate) remember(tracking.verdicts, lane, verdict);
    return verdict;
  }

  /**
   * Those of them that Q lanes acked in H. Each block is asked for once, whatever stands in it: whoever forks may leave
   * full ones that nobody acks, and they are looked at for as long as their generation lasts.
   */
  *acked(entries: Iterable<Entry>, history: History): Generator<Entry> {
    const known = new Map<NodeId, ReadonlySet<LaneId>>();
    const lanesOf = (block: NodeId): ReadonlySet<LaneId> => {
      const lanes = known.get(block) ?? this.#lanesWith(block, history);
      known.set(block, lanes);
      return lanes;
    };
    for (const entry of entries) {
      const [first, ...others] = entry.copies;
      let lanes = first === undefined ? new Set<LaneId>() : lanesOf(first.block);
      for (const { block } of others) lanes = new Set([...lanes, ...lanesOf(block)]);
      if (lanes.size >= this.#dag.quorum) yield entry;
    }
  }

  /** |acks(t, H)|, or |cleanAcks(t, H)|. */
  countAcks(entry: Entry, history: History, cleanOnly: boolean): number {
    return this.#countLanes(history, (tip) => {
      // Where the ack stands matters only for its being clean, and is far dearer to find.
      return cleanOnly ? this.ack(entry, tip)?.clean === true : this.#isAcked(entry, tip);
    });
  }

  /** Lanes with a verdict block for the transaction in H, or with a clean one. */
  countVerdicts(entry: Entry, history: History, cleanOnly: boolean): number {
    // Nobody has seen Q acks where there are fewer.
    if (this.countAcks(entry, history, false) < this.#dag.quorum) return 0;
    return this.#countLanes(history, (tip) => {
      const verdict = this.verdict(entry, tip);
      return verdict !== null && (!cleanOnly || verdict.clean);
    });
  }

  /**
   * Can Q lanes still give clean verdicts? Not where more than n - Q said contested, which a chain never takes back:
   * only a lane with another branch may say both. So those that wait for a cut cost nothing with each block.
   */
  mayBeClean(entry: Entry): boolean {
    const { verdicts } = tracked(entry);
    let lost = 0;
    for (const [lane, known] of verdicts) {
      if (!this.#dag.forked(lane) && known.some(({ clean }) => !clean)) lost++;
    }
    return this.#dag.n - lost >= this.#dag.quorum;
  }

  /** deps(t, H): the rivals that some lane acked before t, both within H (section 4). */
  dependencies(entry: Entry, history: History): TxId[] {
    const found: TxId[] = [];
    for (const txid of tracked(entry).rivals) {
      const rival = defined(this.#entry(txid), 'rivals are indexed');
      const before = this.#countLanes(history, (tip) => {
        const [mine, other] = [this.#place(entry, tip), this.#place(rival, tip)];
        return mine !== null && other !== null && precedes(other, mine);
      });
      if (before > 0) found.push(txid);
    }
    return found.sort();
  }

  #lanesWith(block: NodeId, history: History): Set<LaneId> {
    const lanes = new Set<LaneId>();
    this.#countLanes(history, (tip) => {
      const { lane } = this.#dag.node(tip);
      const holds = this.#dag.contains(this.#dag.node(tip), block);
      if (holds) lanes.add(lane);
      return holds;
    });
    return lanes;
  }

  #isAcked(entry: Entry, tip: NodeId): boolean {
    const history = this.#dag.node(tip);
    return entry.copies.some(({ block }) => this.#dag.contains(history, block));
  }

  #countLanes(history: History, counts: (tip: NodeId) => boolean): number {
    let lanes = 0;
    for (let lane: LaneId = 0; lane < this.#dag.n; lane++) {
      if (this.#dag.branchTips(history, lane).some(counts)) lanes++;
    }
    return lanes;
  }

  #recall<T extends Ack | Verdict>(facts: readonly T[] | undefined, tip: NodeId): T | undefined {
    return facts?.find((fact) => this.#dag.ancestor(tip, fact.seq) === fact.block);
  }

  /** A rival that a ledger has may be tracked no longer: its place is found without remembering. */
  #place(entry: Entry, tip: NodeId): Place | null {
    return entry.tracking === null ? this.#firstPlace(entry, tip) : this.ack(entry, tip);
  }

  #firstPlace(entry: Entry, tip: NodeId): Place | null {
    let first: Place | null = null;
    for (const copy of entry.copies) {
      const holds = (node: DagNode) => this.#dag.contains(node, copy.block);
      const block = firstOnChain(this.#dag, tip, holds);
      if (block === 0) continue;
      const place = this.#dag.step(block).indexOf(copy.block);
      const found = { block, seq: this.#dag.node(block).seq, place, index: copy.index };
      if (first === null || precedes(found, first)) first = found;
    }
    return first;
  }

  #precedesRivals(tracking: Tracking, mine: Place): boolean {
    for (const txid of tracking.rivals) {
      const rival = defined(this.#entry(txid), 'rivals are indexed');
      const other = this.#firstPlace(rival, mine.block);
      if (other !== null && precedes(other, mine)) return false;
    }
    return true;
  }
}

function tracked(entry: Entry): Tracking {
  return defined(entry.tracking, 'only tracked transactions are evaluated one by one');
}

function remember<T>(facts: Map<LaneId, T[]>, lane: LaneId, fact: T): void {
  const known = facts.get(lane);
  if (known === undefined) facts.set(lane, [fact]);
  else known.push(fact);
}

function precedes(a: Place, b: Place): boolean {
  if (a.seq !== b.seq) return a.seq < b.seq;
  if (a.place !== b.place) return a.place < b.place;
  return a.index < b.index;
}
