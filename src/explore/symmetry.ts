import type { Vote } from '../types/block.ts';
import type { LaneId } from '../types/ids.ts';
import type { LaneState } from './lane-states.ts';
import type { BlockId, Universe } from './universe.ts';

/** A renaming of lanes: lane i becomes the i-th entry. */
export type Renaming = readonly LaneId[];

/** All renamings that permute these lanes and leave the others alone; the first one changes nothing. */
export function renamings(n: number, lanes: readonly LaneId[]): Renaming[] {
  const identity = Array.from({ length: n }, (_, lane) => lane);
  return permutations(lanes).map((permuted) => {
    const renaming = [...identity];
    lanes.forEach((lane, i) => {
      renaming[lane] = permuted[i] as LaneId;
    });
    return renaming;
  });
}

function permutations(lanes: readonly LaneId[]): LaneId[][] {
  if (lanes.length === 0) return [[]];
  return lanes.flatMap((first) =>
    permutations(lanes.filter((lane) => lane !== first)).map((rest) => [first, ...rest]),
  );
}

/**
 * Forms of states by structure instead of digests, so that a state and the same state with lanes renamed can be
 * compared: a block is its lane, seq, content and the forms of what it names.
 */
export class Forms {
  readonly #universe: Universe;
  readonly #numbers = new Map<string, number>();
  readonly #shapes: Map<BlockId, number>[];
  readonly #renamings: readonly Renaming[];

  constructor(universe: Universe, all: readonly Renaming[]) {
    this.#universe = universe;
    this.#renamings = all;
    this.#shapes = all.map(() => new Map());
  }

  /** The form of a lane's state under the renaming of this number. */
  ofState(state: LaneState, renaming: number): number {
    const shapes = (ids: readonly BlockId[]) => ids.map((id) => this.#shape(id, renaming));
    const sets = [state.admitted, state.waiting, state.refused].map((ids) => shapes(ids).sort());
    return this.#number(`state ${sets.join('|')}|${shapes(state.firsts).sort()}|${state.pool}`);
  }

  ofBlocks(ids: readonly BlockId[], renaming: number): number {
    return this.#number(`blocks ${ids.map((id) => this.#shape(id, renaming)).sort()}`);
  }

  #shape(id: BlockId, renaming: number): number {
    const shapes = this.#shapes[renaming] as Map<BlockId, number>;
    const known = shapes.get(id);
    if (known !== undefined) return known;
    const { block, lane, names } = this.#universe.at(id);
    const { seq, epoch, timeMs } = block.header;
    const renamed = (this.#renamings[renaming] as Renaming)[lane];
    const parts = [
      ...[renamed, seq, epoch, timeMs],
      names.map((name) => this.#shape(name, renaming)).sort(),
      block.txs.map(({ txid }) => txid),
      block.votes.map((vote) => this.#voteShape(vote, renaming)),
    ];
    const shape = this.#number(`block ${JSON.stringify(parts)}`);
    shapes.set(id, shape);
    return shape;
  }

  #voteShape(vote: Vote, renaming: number): unknown[] {
    if (vote.kind === 'checked') throw new Error('the scopes share no checks');
    if (vote.kind === 'checkpoint') return [vote.kind, vote.epoch, vote.checkpoint];
    if (vote.kind === 'end') return [vote.kind, vote.epoch];
    const { kind, epoch, view } = vote;
    if (kind === 'propose' || kind === 'viewchange') return [kind, epoch, view];
    const target = this.#universe.find(vote.block.digest);
    const shape = target === undefined ? vote.block.digest : this.#shape(target, renaming);
    return [kind, epoch, view, shape];
  }

  #number(form: string): number {
    const known = this.#numbers.get(form);
    if (known !== undefined) return known;
    const made = this.#numbers.size;
    this.#numbers.set(form, made);
    return made;
  }
}
