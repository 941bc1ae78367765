import type { Block } from '../types/block.ts';
import type { DagNode, NodeId } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { LaneId, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Core } from './core.ts';
import type { Applied } from './outcomes/cutter.ts';

/** What happened inside, in the words of PROTOCOL.md, for a log that others check (node/log/event-log). */
export type TraceEvent =
  | { readonly kind: 'block'; readonly own: boolean; readonly block: Block }
  /** The block is the verdict block of its lane for these (rule 3.3). */
  | {
      readonly kind: 'verdicts';
      readonly block: Block;
      readonly clean: readonly TxId[];
      readonly contested: readonly TxId[];
    }
  | {
      readonly kind: 'decided';
      readonly epoch: number;
      readonly cut: DagNode;
      /** Of the epoch's ledger, by txid. */
      readonly outcomes: readonly Outcome[];
    };

/** Tracked transactions whose verdicts are waited for; beyond that the oldest are given up. */
const WATCHED_MAX = 10_000;

/** Derives the events of a replica that shall tell them. It changes nothing and is not there otherwise. */
export class Tracer {
  readonly #core: Core;
  /** Tracked transactions, and the lanes that have given no verdict on them here. */
  readonly #watched = new Map<TxId, Set<LaneId>>();

  constructor(core: Core) {
    this.#core = core;
  }

  admitted(node: DagNode, block: Block, own: boolean, trace: TraceEvent[]): void {
    trace.push({ kind: 'block', own, block });
    const clean: TxId[] = [];
    const contested: TxId[] = [];
    for (const { txid } of this.#untracked(node)) clean.push(txid);
    for (const entry of this.#tracked(node.lane)) {
      const verdict = this.#core.acks.verdict(entry, node.id);
      if (verdict === null) continue;
      this.#heard(entry.txid, node.lane);
      if (verdict.block === node.id) (verdict.clean ? clean : contested).push(entry.txid);
    }
    if (clean.length > 0 || contested.length > 0) {
      trace.push({ kind: 'verdicts', block, clean, contested });
    }
  }

  decided({ closed }: Applied, cut: NodeId, trace: TraceEvent[]): void {
    const { epoch, outcomes } = closed;
    trace.push({ kind: 'decided', epoch, cut: this.#core.graph.node(cut), outcomes });
  }

  /** What the vectors say: blocks that this one, and not the one before it, shows as certified. */
  *#untracked(node: DagNode): Generator<Entry> {
    const { graph, index } = this.#core;
    const before = node.prev === 0 ? null : graph.node(node.prev).certified;
    for (let lane = 0; lane < graph.n; lane++) {
      const last = Math.min(node.certified[lane] as number, graph.forkSeq(lane) - 1);
      for (let seq = (before?.[lane] ?? 0) + 1; seq <= last; seq++) {
        const id = graph.at(lane, seq)[0];
        if (id === undefined || graph.node(id).txCount === 0) continue;
        for (const { txid } of graph.block(id).txs) {
          const entry = index.get(txid);
          if (entry !== undefined && entry.tracking === null) yield entry;
        }
      }
    }
  }

  /** Those without a verdict of this lane yet. */
  *#tracked(lane: LaneId): Generator<Entry> {
    const { index, graph } = this.#core;
    for (const txid of index.tracked.keys()) {
      if (this.#watched.has(txid)) continue;
      this.#watched.set(txid, new Set(Array.from({ length: graph.n }, (_, other) => other)));
    }
    for (const [txid, silent] of this.#watched) {
      if (this.#watched.size > WATCHED_MAX) this.#watched.delete(txid);
      const entry = index.get(txid);
      if (entry?.tracking != null && silent.has(lane)) yield entry;
    }
  }

  #heard(txid: TxId, lane: LaneId): void {
    const silent = this.#watched.get(txid);
    silent?.delete(lane);
    if (silent?.size === 0) this.#watched.delete(txid);
  }
}
