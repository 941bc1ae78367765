import { decisions } from '../sim/reference/consensus.ts';
import { type Entry, entryOf } from '../sim/reference/entry.ts';
import { everything, Model, type Setting, verdictLanes } from '../sim/reference/model.ts';
import type { Block, Vote } from '../types/block.ts';
import type { Digest, Epoch, LaneId, Seq, TxId } from '../types/ids.ts';

/** A block at its place. Blocks are named by their place in `Scene.squares`, the order of the journal. */
export type Square = {
  readonly lane: LaneId;
  readonly seq: Seq;
  readonly digest: Digest;
  readonly epoch: Epoch;
  readonly timeMs: number;
  /** One more than that of the farthest right of those that it names. */
  readonly column: number;
  /** 0, or which block of its lane and seq this is. */
  readonly fork: number;
  /** Those of `prev` and `refs` that are drawn. */
  readonly names: readonly number[];
  readonly votes: readonly string[];
  /** A letter for each vote: P propose, p prepare, c commit, v view change, s signs a checkpoint, e end. */
  readonly letters: string;
  readonly payments: readonly TxId[];
};

/** A transaction's way through the squares (PROTOCOL.md section 3). */
export type Way = {
  readonly txid: TxId;
  /** The blocks that carry it. */
  readonly carriers: readonly number[];
  readonly rivals: readonly TxId[];
  /** Each chain's first block that has it in its history. */
  readonly acks: readonly number[];
  readonly verdicts: readonly { readonly at: number; readonly clean: boolean }[];
  /** The block that brought the last of Q clean verdicts to whoever wrote the journal. */
  readonly final: number | null;
  /** The first cut drawn that takes it in (rule 6.7). */
  readonly cut: Epoch | null;
};

type Cut = { readonly epoch: Epoch; readonly at: number };

export type Scene = {
  readonly lanes: number;
  readonly quorum: number;
  readonly squares: readonly Square[];
  readonly ways: readonly Way[];
  readonly cuts: readonly Cut[];
};

/**
 * Lays out some blocks that follow each other in a journal, and says by the definitions (sim/reference) how
 * their transactions became final. What lies before the first of them is left out: no block of that has one
 * of these transactions in its history, so it changes no ack and no verdict, unless it carried a rival or
 * another copy. Its cost grows with the square of the blocks.
 */
export function sceneOf(blocks: readonly Block[], setting: Setting): Scene {
  const model = new Model(setting);
  for (const block of blocks) model.register(entryIn(model, block));
  const cuts = cutsOf(model);
  return {
    lanes: setting.n,
    quorum: setting.quorum,
    cuts,
    squares: squaresOf(model),
    ways: waysOf(model, cuts),
  };
}

function entryIn(model: Model, block: Block): Entry {
  const { prev, refs } = block.header;
  const known = refs.flatMap(({ digest }) => model.byDigest.get(digest) ?? []);
  return entryOf(block, {
    n: model.setting.n,
    entries: model.entries,
    prev: model.byDigest.get(prev) ?? null,
    refs: known,
    isWitnessed: model.setting.isWitnessed ?? (() => true),
  });
}

/** What a lane has checked is no news. */
const LETTERS: Readonly<Record<Vote['kind'], string>> = {
  propose: 'P',
  prepare: 'p',
  commit: 'c',
  viewchange: 'v',
  checkpoint: 's',
  end: 'e',
  checked: '',
};

function squaresOf({ entries }: Model): Square[] {
  const squares: Square[] = [];
  const seen = new Map<string, number>();
  for (const { block, digest, lane, seq, generation, prev, refs } of entries) {
    const place = `${generation}/${lane}/${seq}`;
    const fork = seen.get(place) ?? 0;
    seen.set(place, fork + 1);
    const names = [...(prev === null ? [] : [prev]), ...refs].map(({ index }) => index);
    const { epoch, timeMs } = block.header;
    squares.push({
      lane,
      seq,
      digest,
      epoch,
      timeMs,
      fork,
      names,
      column: 1 + Math.max(-1, ...names.map((at) => squares[at]!.column)),
      votes: block.votes.map(voteText),
      letters: block.votes.map(({ kind }) => LETTERS[kind]).join(''),
      payments: block.txs.map(({ txid }) => txid),
    });
  }
  return squares;
}

function voteText(vote: Vote): string {
  if (vote.kind === 'checked') return `checked lane ${vote.lane} up to ${vote.seq}`;
  const { kind, epoch } = vote;
  if (kind === 'checkpoint' || kind === 'end') return `${kind} ${epoch}`;
  return `${kind} ${epoch}, view ${vote.view}`;
}

function waysOf(model: Model, cuts: readonly Cut[]): Way[] {
  const carriers = new Map<TxId, number[]>();
  for (const { index, block } of model.entries) {
    for (const { txid } of block.txs) carriers.set(txid, [...(carriers.get(txid) ?? []), index]);
  }
  return [...carriers].map(([txid, at]) => wayOf(model, txid, at, cuts));
}

function wayOf(model: Model, txid: TxId, carriers: readonly number[], cuts: readonly Cut[]): Way {
  const { entries, setting } = model;
  const verdicts = model.verdicts.get(txid) ?? [];
  const lanes = new Set<LaneId>();
  const last = verdicts.find(({ at, clean }) => {
    if (clean) lanes.add(at.lane);
    return lanes.size >= setting.quorum;
  });
  const cut = cuts.find(({ at }) => {
    return verdictLanes(model, txid, entries[at]!.history).size >= setting.quorum;
  });
  return {
    txid,
    carriers,
    rivals: model.rivals(txid),
    acks: (model.acks.get(txid) ?? []).map(({ at }) => at.index),
    verdicts: verdicts.map(({ at, clean }) => ({ at: at.index, clean })),
    final: last?.at.index ?? null,
    cut: cut?.epoch ?? null,
  };
}

/** The cuts of which all votes that count name blocks that are drawn. */
function cutsOf(model: Model): Cut[] {
  const scope = { history: everything(model) };
  const cuts = [...model.votes].flatMap(([epoch, casts]) => {
    const isWhole = casts.every(
      ({ vote }) => !('block' in vote) || model.byDigest.has(vote.block.digest),
    );
    if (!isWhole) return [];
    return [...decisions(model, scope, epoch)].map(({ index }) => ({ epoch, at: index }));
  });
  return cuts.sort((a, b) => a.epoch - b.epoch);
}
