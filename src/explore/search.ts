import { contradiction, type Finding } from './facts.ts';
import type { Tampering } from './instance.ts';
import type { LaneState, LocalFinding, StateId } from './lane-states.ts';
import type { Scope } from './scope.ts';
import { StateTable } from './state-table.ts';
import { Forms, type Renaming, renamings } from './symmetry.ts';
import { type Tuple, World } from './world.ts';

export type SearchOptions = {
  /** Arrivals together with the own block that follows (partial order); else one by one. */
  readonly turns: boolean;
  readonly symmetry: boolean;
  /** Blocks may arrive before what they name wherever they like; only without `turns`. */
  readonly anyOrder: boolean;
  /** Stop, without having seen everything, at so many global states. */
  readonly statesMax: number;
};

export const REDUCED: SearchOptions = {
  turns: true,
  symmetry: true,
  anyOrder: false,
  statesMax: 50_000_000,
};

/** A finding with the global state in which it was made. */
export type Violation =
  | { readonly kind: 'local'; readonly at: number; readonly finding: LocalFinding }
  | {
      readonly kind: 'pair';
      readonly at: number;
      readonly finding: Finding;
      /** Number of the lane, and the state that it can come to by arrivals. */
      readonly sides: readonly (readonly [number, StateId])[];
    };

export type Counts = {
  /** Global states, up to symmetry. */
  readonly states: number;
  readonly transitions: number;
  readonly deepest: number;
  /** States of single replicas, all lanes together. */
  readonly laneStates: number;
  /** Moves of single replicas that were executed, each once. */
  readonly laneMoves: number;
  /** Inputs that real replicas took, repeated prefixes included. */
  readonly steps: number;
  readonly blocks: number;
  /** Payments that some correct lane accepted, or rejected, in some state. */
  readonly accepted: string;
  readonly rejected: string;
  /** Most cuts applied by a lane. */
  readonly cuts: number;
};

/** Goes through all global states of a scope, breadth first, and checks each. */
export class Search {
  readonly world: World;
  readonly table: StateTable;
  violation: Violation | null = null;
  complete = false;
  transitions = 0;
  deepest = 0;
  readonly #options: SearchOptions;
  readonly #renamings: readonly Renaming[];
  readonly #forms: Forms;
  readonly #known = new Map<string, number>();
  readonly #agreed = new Set<string>();

  constructor(scope: Scope, tampering: Tampering, options: SearchOptions) {
    this.world = new World(scope, tampering);
    this.#options = options;
    this.table = new StateTable(this.world.start.length);
    const lanes = options.symmetry ? scope.interchangeable : [];
    this.#renamings = renamings(this.world.universe.n, lanes);
    this.#forms = new Forms(this.world.universe, this.#renamings);
  }

  run(): void {
    const { start } = this.world;
    this.table.add(this.form(start), start);
    let [depth, endOfDepth] = [0, 1];
    for (let index = 0; index < this.table.size; index++) {
      if (index === endOfDepth) [depth, endOfDepth] = [depth + 1, this.table.size];
      this.deepest = depth;
      this.#expand(index);
      if (this.violation !== null || this.table.size > this.#options.statesMax) return;
    }
    this.complete = true;
  }

  counts(): Counts {
    const lanes = this.world.lanes.flatMap((lane) => lane.states);
    const { universe } = this.world;
    const names = (of: (state: LaneState) => number) =>
      universe.paymentNames(lanes.reduce((mask, state) => mask | of(state), 0));
    return {
      states: this.table.size,
      transitions: this.transitions,
      deepest: this.deepest,
      laneStates: lanes.length,
      laneMoves: lanes.reduce((sum, { edges }) => sum + edges.size, 0),
      steps: this.world.lanes.reduce((sum, { steps }) => sum + steps, 0),
      blocks: universe.blocks.length,
      accepted: names(({ facts }) => facts.accepted),
      rejected: names(({ facts }) => facts.rejected),
      cuts: Math.max(...lanes.map(({ facts }) => facts.cuts.length)),
    };
  }

  /** The smallest of the forms that the tuple has under the renamings. */
  form(tuple: Tuple): number[] {
    let smallest: number[] = [];
    for (let i = 0; i < this.#renamings.length; i++) {
      const form = this.#renamed(tuple, i);
      if (i === 0 || isSmaller(form, smallest)) smallest = form;
    }
    return smallest;
  }

  /** How many states the tuple stands for: those that it becomes when lanes are renamed. */
  orbit(tuple: Tuple): number {
    return new Set(this.#renamings.map((_, i) => this.#renamed(tuple, i).join())).size;
  }

  #expand(index: number): void {
    const { world } = this;
    const tuple = this.table.tuple(index);
    const next = this.#options.turns
      ? world.turnSuccessors(tuple)
      : world.successors(tuple, this.#options.anyOrder);
    this.transitions += next.length;
    this.#check(index, tuple, next.length === 0);
    if (this.violation !== null) return;
    for (const after of next) this.table.add(this.form(after), after);
  }

  #check(index: number, tuple: Tuple, isEnd: boolean): void {
    const { world } = this;
    const ends = this.#ends(tuple, isEnd);
    const { found } = world;
    if (found !== null) {
      this.violation = { kind: 'local', at: index, finding: found };
      return;
    }
    for (let a = 0; a < ends.length; a++) {
      for (let b = 0; b < ends.length; b++) {
        if (a !== b) this.#compare(index, [a, ends[a] ?? []], [b, ends[b] ?? []]);
      }
    }
  }

  /** Facts only grow, so what holds where everything is said and has arrived holds before. */
  #ends(tuple: Tuple, isEnd: boolean): (readonly StateId[])[] {
    const { lanes } = this.world;
    if (!this.#options.turns) return lanes.map((_, i) => [tuple[i] as StateId]);
    return isEnd ? lanes.map((_, i) => this.world.complete(tuple, i)) : [];
  }

  #compare(
    index: number,
    [a, states]: readonly [number, readonly StateId[]],
    [b, others]: readonly [number, readonly StateId[]],
  ): void {
    for (const id of states) {
      for (const other of others) {
        const key = `${a}/${id}/${b}/${other}`;
        if (this.#agreed.has(key)) continue;
        const finding = this.#contradiction(a, id, b, other);
        if (finding === null) this.#agreed.add(key);
        else {
          const sides = [[a, id] as const, [b, other] as const];
          this.violation ??= { kind: 'pair', at: index, finding, sides };
        }
      }
    }
  }

  #contradiction(a: number, id: StateId, b: number, other: StateId): Finding | null {
    const { lanes, universe } = this.world;
    const facts = lanes[a]?.at(id).facts;
    const others = lanes[b]?.at(other).facts;
    if (facts === undefined || others === undefined) return null;
    return contradiction(universe, facts, others);
  }

  #renamed(tuple: Tuple, renaming: number): number[] {
    const { lanes, byzantine } = this.world;
    const names = this.#renamings[renaming] as Renaming;
    const form = new Array<number>(tuple.length);
    lanes.forEach((lane, i) => {
      const at = lanes.findIndex((other) => other.lane === names[lane.lane]);
      const state = lane.at(tuple[i] as StateId);
      form[at] = this.#formOf(`${i}/${renaming}/${state.id}`, () =>
        this.#forms.ofState(state, renaming),
      );
    });
    const hand = tuple.at(-1) as number;
    form[lanes.length] = this.#formOf(`hand/${renaming}/${hand}`, () =>
      this.#forms.ofBlocks(byzantine.hands[hand]?.made ?? [], renaming),
    );
    return form;
  }

  #formOf(key: string, make: () => number): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }
}

function isSmaller(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
  }
  return false;
}
