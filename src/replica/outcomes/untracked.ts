import { defined } from '../../std/assert.ts';
import type { Entry } from '../../types/entry.ts';
import type { Seq } from '../../types/ids.ts';
import type { Core } from '../core.ts';
import { payloadsBetween } from './finality.ts';

/**
 * Transactions that vectors speak for: of sound blocks, per lane those behind `after` (null: all) up to `upTo`, as far
 * as the lane does not fork, tracked ones apart.
 */
export function* untracked(
  core: Core,
  after: ArrayLike<Seq> | null,
  upTo: ArrayLike<Seq>,
): Generator<Entry> {
  const { graph, index, soundness } = core;
  for (let lane = 0; lane < graph.n; lane++) {
    const first = (after?.[lane] ?? 0) + 1;
    const last = Math.min(upTo[lane] as number, graph.forkSeq(lane) - 1);
    if (payloadsBetween(core, lane, first - 1, last) === 0) continue;
    for (let seq = first; seq <= last; seq++) {
      const id = defined(graph.at(lane, seq)[0], 'settled blocks are admitted');
      if (graph.node(id).txCount === 0 || !soundness.isSound(id)) continue;
      for (const { txid } of graph.block(id).txs) {
        const entry = defined(index.get(txid), 'admitted transactions are indexed');
        if (entry.tracking === null) yield entry;
      }
    }
  }
}
