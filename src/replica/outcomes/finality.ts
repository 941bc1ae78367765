import type { Reader } from '../../codec/reader.ts';
import type { Writer } from '../../codec/writer.ts';
import type { NodeId } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { LaneId, Seq } from '../../types/ids.ts';
import type { Core } from '../core.ts';

/**
 * The fast path (PROTOCOL.md section 3) over everything admitted here: follows the vector `final` and
 * the tracked transactions, and executes what becomes final.
 */
export class Finality {
  readonly #core: Core;
  /** Blocks of each lane up to here have been handed on. */
  readonly #final: Seq[];

  constructor(core: Core) {
    this.#core = core;
    this.#final = new Array<Seq>(core.graph.n).fill(0);
  }

  final(lane: LaneId): Seq {
    return this.#final[lane] as Seq;
  }

  /** After anything became known: what got its outcome by clean verdicts of Q lanes. */
  advance(): Entry[] {
    const { graph, index, acks, settlement, early } = this.#core;
    const done: Entry[] = [];
    for (let lane = 0; lane < graph.n; lane++) {
      const settled = graph.all.settled[lane] as Seq;
      while (this.final(lane) < settled && !this.#waits(lane, this.final(lane) + 1)) {
        const seq = ++(this.#final[lane] as number);
        if (seq >= graph.forkSeq(lane)) continue;
        for (const id of graph.at(lane, seq)) done.push(...this.#runBlock(id));
      }
    }
    for (const entry of acks.acked(index.tracked.values(), graph.all)) {
      if (entry.early !== null || !acks.mayBeClean(entry)) continue;
      if (!settlement.isClean(entry, graph.all)) continue;
      done.push(...early.offer(entry));
    }
    return done;
  }

  /** Nobody has said yet that it is sound: others are at it (rule 10.4). */
  #waits(lane: LaneId, seq: Seq): boolean {
    const { graph, soundness } = this.#core;
    return graph.at(lane, seq).some((id) => soundness.isOpen(id));
  }

  save(writer: Writer): void {
    for (const seq of this.#final) writer.u32(seq);
  }

  load(reader: Reader): void {
    for (const lane of this.#final.keys()) this.#final[lane] = reader.u32();
  }

  #runBlock(id: NodeId): Entry[] {
    const { graph, index, early, soundness } = this.#core;
    if (graph.node(id).txCount === 0 || !soundness.isSound(id)) return [];
    const done: Entry[] = [];
    for (const { txid } of graph.block(id).txs) {
      const entry = index.get(txid);
      if (entry === undefined || entry.tracking !== null) continue;
      done.push(...early.offer(entry));
    }
    return done;
  }
}

/** Transaction-carrying blocks of the lane with seq in (after, upTo], counted along the first branch. */
export function payloadsBetween(core: Core, lane: LaneId, after: Seq, upTo: Seq): number {
  if (upTo <= after) return 0;
  return payloadsAt(core, lane, upTo) - payloadsAt(core, lane, after);
}

/** A draft, which alone can be above the lane's last block, brings no transactions yet. */
function payloadsAt({ graph }: Core, lane: LaneId, seq: Seq): number {
  const id = graph.at(lane, Math.min(seq, graph.height(lane)))[0];
  return id === undefined ? 0 : graph.node(id).payloads;
}
