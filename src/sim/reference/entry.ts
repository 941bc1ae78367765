import type { Block } from '../../types/block.ts';
import type { Digest, LaneId, Seq, TxId } from '../../types/ids.ts';
import { Bits } from './bits.ts';

/** A block of the reference, with its history as an explicit set. */
export type Entry = {
  readonly index: number;
  readonly block: Block;
  readonly generation: number;
  readonly lane: LaneId;
  readonly seq: Seq;
  readonly digest: Digest;
  readonly prev: Entry | null;
  readonly refs: readonly Entry[];
  /** Indexes of everything reachable through prev and refs, itself included. */
  readonly history: Bits;
  /** By lane: the highest seq in the history. */
  readonly tops: readonly Seq[];
  /** The blocks new in this step, in the order of acks, itself last. */
  readonly step: readonly Entry[];
  /** Transactions that this chain has acked and given no verdict on, this block's verdicts taken out. */
  pending: readonly TxId[];
  /** Its witnesses and those of the chain before it sign. */
  readonly isSound: boolean;
  /** Number of cuts decided in the history and before its generation. */
  epoch: number;
  /** Has the chain said END, in this block or before? */
  readonly ended: boolean;
};

/** Where a block comes to stand. */
export type Place = {
  /** Number of lanes. */
  readonly n: number;
  /** All blocks before it, by index. */
  readonly entries: readonly Entry[];
  readonly prev: Entry | null;
  readonly refs: readonly Entry[];
  /** Do its own witnesses sign? */
  readonly isWitnessed: (block: Block) => boolean;
};

/** The block at its place; its epoch and what is pending in its chain are not known yet. */
export function entryOf(block: Block, { n, entries, prev, refs, isWitnessed }: Place): Entry {
  const { lane, seq, generation } = block.header;
  const index = entries.length;
  const history = historyOf(index, prev, refs);
  const news = history
    .minus(prev === null ? new Bits() : prev.history)
    .filter((i) => i !== index)
    .map((i) => entries[i]!);
  const entry = {
    index,
    block,
    generation,
    lane,
    seq,
    digest: block.digest,
    prev,
    refs,
    history,
    tops: topsOf(n, { lane, seq }, prev, refs),
    isSound: (prev?.isSound ?? true) && isWitnessed(block),
    ended: prev?.ended === true || block.votes.some((vote) => vote.kind === 'end'),
    step: [] as Entry[],
    pending: [],
    epoch: 0,
  };
  entry.step = [...orderOfAcks(news), entry];
  return entry;
}

/** Is `block` on the chain that ends in `tip` (tip included)? */
export function inChain(block: Entry, tip: Entry): boolean {
  if (block.lane !== tip.lane) return false;
  let at: Entry | null = tip;
  while (at !== null && at.seq > block.seq) at = at.prev;
  return at === block;
}

function historyOf(index: number, prev: Entry | null, refs: readonly Entry[]): Bits {
  const history = prev === null ? new Bits() : prev.history.copy();
  for (const ref of refs) history.addAll(ref.history);
  history.add(index);
  return history;
}

function topsOf(
  n: number,
  own: { readonly lane: LaneId; readonly seq: Seq },
  prev: Entry | null,
  refs: readonly Entry[],
): Seq[] {
  const before = prev === null ? refs : [prev, ...refs];
  return Array.from({ length: n }, (_, lane) => {
    const seqs = before.map((entry) => entry.tops[lane]!);
    return Math.max(lane === own.lane ? own.seq : 0, ...seqs);
  });
}

/** Kahn's algorithm over the blocks new in a step, taking the smallest (lane, seq, digest) first. */
function orderOfAcks(news: readonly Entry[]): Entry[] {
  const left = [...news].sort(
    (a, b) => a.lane - b.lane || a.seq - b.seq || (a.digest < b.digest ? -1 : 1),
  );
  const order: Entry[] = [];
  while (left.length > 0) {
    const next = left.findIndex((block) =>
      [block.prev, ...block.refs].every((parent) => parent === null || !left.includes(parent)),
    );
    order.push(left[next]!);
    left.splice(next, 1);
  }
  return order;
}
