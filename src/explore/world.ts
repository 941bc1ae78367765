import { assert, defined } from '../std/assert.ts';
import type { LaneId } from '../types/ids.ts';
import { Byzantine, type Hand } from './byzantine.ts';
import type { Tampering } from './instance.ts';
import {
  EXPIRE,
  type LaneState,
  LaneStates,
  type LocalFinding,
  type Move,
  PRODUCE,
  type StateId,
} from './lane-states.ts';
import { forks, type Scope } from './scope.ts';
import { type BlockId, Universe } from './universe.ts';

/** One state per correct lane, in the order of `World.lanes`, then the hand of the Byzantine lane. */
export type Tuple = readonly number[];

/** A scope, opened: its lanes, what they may do, and what is on the network in a global state. */
export class World {
  readonly scope: Scope;
  readonly universe: Universe;
  readonly lanes: readonly LaneStates[];
  readonly byzantine: Byzantine;
  readonly start: Tuple;
  readonly #named = new Map<string, BlockId>();
  readonly #forks: boolean;
  readonly #turns = new Map<string, readonly StateId[]>();

  constructor(scope: Scope, tampering: Tampering) {
    this.scope = scope;
    this.universe = new Universe(scope);
    this.#forks = forks(scope);
    const liar = scope.byzantine?.lane ?? -1;
    const correct = Array.from({ length: this.universe.n }, (_, lane) => lane).filter(
      (lane) => lane !== liar && (scope.blocks.has(lane) || scope.proposes.has(lane)),
    );
    this.lanes = correct.map((lane) => new LaneStates(this.universe, lane, tampering));
    this.byzantine = new Byzantine(this.universe, liar, this.#named);
    const start = this.#open();
    this.start = [...start, 0];
    this.lanes.forEach((lane, i) => {
      const opened = lane.at(start[i] as StateId).own.length;
      lane.blocksMax = opened + (scope.blocks.get(lane.lane) ?? 0);
    });
  }

  get found(): LocalFinding | null {
    return this.lanes.find(({ found }) => found !== null)?.found ?? null;
  }

  /** Blocks that can arrive at the lane of this number. */
  onNetwork(tuple: Tuple, at: number): BlockId[] {
    const blocks = [...this.byzantine.opening];
    this.lanes.forEach((lane, i) => {
      if (i !== at) blocks.push(...lane.at(tuple[i] as StateId).own);
    });
    return [...blocks, ...this.#hand(tuple).made];
  }

  /** Every single thing that can happen: an arrival, an own block, a time-out, a Byzantine block. */
  successors(tuple: Tuple, anyOrder: boolean): Tuple[] {
    const next = this.lanes.flatMap((lane, i) => {
      const id = tuple[i] as StateId;
      const arrivals = this.onNetwork(tuple, i).filter((block) =>
        lane.mayArrive(lane.at(id), block, anyOrder),
      );
      return [...arrivals, ...this.#ownMoves(lane, lane.at(id))]
        .map((move) => lane.after(id, move))
        .filter((after) => after !== id)
        .map((after) => tuple.with(i, after));
    });
    return [...next, ...this.#lies(tuple)];
  }

  /**
   * The same, with the arrivals of a lane taken together with the own block that follows them: what arrives
   * somewhere is seen by nobody else before that lane speaks, so nothing is lost.
   */
  turnSuccessors(tuple: Tuple): Tuple[] {
    const next = this.lanes.flatMap((_, i) =>
      this.#turnsOf(tuple, i).map((after) => tuple.with(i, after)),
    );
    return [...next, ...this.#lies(tuple)];
  }

  /** States of the lane of this number in which everything has arrived that is on the network. */
  complete(tuple: Tuple, at: number): readonly StateId[] {
    const lane = this.lanes[at] as LaneStates;
    return this.#arrivals(lane, tuple[at] as StateId, this.onNetwork(tuple, at)).complete;
  }

  /** What a lane can come to by itself: some arrivals, then a block of its own. */
  #turnsOf(tuple: Tuple, at: number): readonly StateId[] {
    const lane = this.lanes[at] as LaneStates;
    const id = tuple[at] as StateId;
    if (lane.at(id).own.length >= lane.blocksMax) return [];
    const tips = this.lanes.map((other, i) => {
      return i === at ? id : (other.at(tuple[i] as StateId).own.at(-1) ?? -1);
    });
    const key = `${at}:${tips}:${tuple.at(-1)}`;
    const known = this.#turns.get(key);
    if (known !== undefined) return known;
    const turns = this.#findTurns(lane, id, this.onNetwork(tuple, at));
    this.#turns.set(key, turns);
    return turns;
  }

  #hand(tuple: Tuple): Hand {
    return this.byzantine.hands[tuple.at(-1) as number] as Hand;
  }

  #lies(tuple: Tuple): Tuple[] {
    const newest = (lane: LaneId): BlockId | undefined => {
      const at = this.lanes.findIndex((other) => other.lane === lane);
      return at < 0 ? undefined : this.lanes[at]?.at(tuple[at] as StateId).own.at(-1);
    };
    const hand = tuple.at(-1) as number;
    return this.byzantine.after(hand, newest).map((after) => tuple.with(-1, after));
  }

  #ownMoves(lane: LaneStates, state: LaneState): Move[] {
    if (state.own.length >= lane.blocksMax) return [];
    return state.timeouts < this.scope.timeouts ? [PRODUCE, EXPIRE] : [PRODUCE];
  }

  #findTurns(lane: LaneStates, from: StateId, network: readonly BlockId[]): StateId[] {
    const next = new Set<StateId>();
    for (const id of this.#arrivals(lane, from, network).reached) {
      for (const move of this.#ownMoves(lane, lane.at(id))) {
        const after = lane.after(id, move);
        if (after !== id) next.add(after);
      }
    }
    return this.#earliest(lane, [...next], network);
  }

  /**
   * Without the states to which others among them lead by arrivals alone: what arrived before an own block that does
   * not show it may as well arrive after it.
   */
  #earliest(lane: LaneStates, states: StateId[], network: readonly BlockId[]): StateId[] {
    const kept: StateId[] = [];
    const later = new Set<StateId>();
    const size = (id: StateId) => known(lane.at(id)).length;
    for (const id of states.sort((a, b) => size(a) - size(b) || a - b)) {
      const isLater = this.#forks
        ? later.has(id)
        : kept.some((other) => leads(lane.at(other), lane.at(id)));
      if (isLater) continue;
      kept.push(id);
      // Of a lane that forks it depends on the order what is first, and what is let in: there it is tried.
      if (!this.#forks) continue;
      for (const other of this.#arrivals(lane, id, network).reached) later.add(other);
    }
    return kept;
  }

  /** What a lane can come to without a word of its own; `complete`: where nothing more can arrive. */
  #arrivals(
    lane: LaneStates,
    from: StateId,
    network: readonly BlockId[],
  ): { reached: ReadonlySet<StateId>; complete: readonly StateId[] } {
    const reached = new Set<StateId>([from]);
    const complete: StateId[] = [];
    for (const id of reached) {
      let isComplete = true;
      for (const block of network) {
        if (lane.found !== null) break;
        if (!lane.mayArrive(lane.at(id), block, false)) continue;
        const after = lane.after(id, block);
        if (after !== id) isComplete = false;
        reached.add(after);
      }
      if (isComplete) complete.push(id);
    }
    return { reached, complete };
  }

  /**
   * First blocks with the scope's payments, then the prefix; Byzantine blocks as soon as they can be made. A
   * finding on the way ends it.
   */
  #open(): StateId[] {
    const states: StateId[] = this.lanes.map(() => 0);
    const make = (at: number, move: Move): void => {
      const lane = this.lanes[at] as LaneStates;
      const before = states[at] as StateId;
      const after = lane.after(before, move);
      const made = lane.at(after).own.at(-1);
      if (this.found !== null || made === undefined) return;
      assert(after !== before, `lane ${lane.lane} has something to say`);
      states[at] = after;
      this.#named.set(this.universe.at(made).name, made);
      this.byzantine.open();
    };
    this.byzantine.open();
    this.lanes.forEach((lane, i) => {
      if (this.scope.proposes.has(lane.lane)) make(i, PRODUCE);
    });
    for (const { lane, takes, expires } of this.scope.prefix) {
      if (this.found !== null) return states;
      const at = this.lanes.findIndex((other) => other.lane === lane);
      for (const name of takes) {
        const block = defined(this.#named.get(name), `a block ${name}`);
        states[at] = (this.lanes[at] as LaneStates).after(states[at] as StateId, block);
      }
      make(at, expires === true ? EXPIRE : PRODUCE);
    }
    return states;
  }
}

function known({ admitted, waiting, refused }: LaneState): readonly BlockId[] {
  return [...admitted, ...waiting, ...refused];
}

/** Where no lane forks: do arrivals alone lead from one state to the other, which has more? */
function leads(from: LaneState, to: LaneState): boolean {
  if (from.own.at(-1) !== to.own.at(-1)) return false;
  const there = new Set(known(to));
  return to.firsts.length === 0 && known(from).every((id) => there.has(id));
}
