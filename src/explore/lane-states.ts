import type { LaneId } from '../types/ids.ts';
import {
  type Facts,
  type Finding,
  factsOf,
  goesBack,
  judgeFacts,
  NO_FACTS,
  observation,
} from './facts.ts';
import { Instance, type Reaction, type Tampering } from './instance.ts';
import { forks } from './scope.ts';
import type { BlockId, KnownBlock, Universe } from './universe.ts';

export type StateId = number;
/** A block arrives (its ordinal), an own block is made, the timer of the view expires. */
export type Move = BlockId | typeof PRODUCE | typeof EXPIRE;
export const PRODUCE = -1;
export const EXPIRE = -2;

/** Replicas kept at hand. */
const READY_MAX = 128;

/**
 * One state of one lane's replica. What it was given can differ in order: states with the same blocks
 * admitted, waiting and refused, and the same firsts where a lane forks, are one, and each way that leads
 * into one is executed and must give the same observation.
 */
export type LaneState = {
  readonly id: StateId;
  /** The moves that first led here. */
  readonly path: readonly Move[];
  readonly admitted: readonly BlockId[];
  /** Where two blocks of one place in a lane are admitted, the one that was first. */
  readonly firsts: readonly BlockId[];
  readonly waiting: readonly BlockId[];
  readonly refused: readonly BlockId[];
  /** Payments of its clients that are in no block yet. */
  readonly pool: string;
  /** Own blocks, the last one last. */
  readonly own: readonly BlockId[];
  readonly timeouts: number;
  readonly facts: Facts;
  readonly observed: string;
  readonly edges: Map<Move, StateId>;
};

/** A finding of one replica alone, with the two ways that contradict each other if it takes two. */
export type LocalFinding = Finding & {
  readonly lane: LaneId;
  readonly path: readonly Move[];
  readonly otherPath: readonly Move[] | null;
};

/** The behaviour of one lane's replica, executed on demand and each move of each state once. */
export class LaneStates {
  readonly lane: LaneId;
  readonly states: LaneState[] = [];
  /** The first one; nothing is explored after it. */
  found: LocalFinding | null = null;
  /** Inputs given to real replicas, those of repeated prefixes too. */
  steps = 0;
  /** Own blocks that it may make; what it would say beyond them is not asked. */
  blocksMax = Number.POSITIVE_INFINITY;
  /** Replicas that stand in a state from which no move was executed yet, oldest first. */
  readonly #ready = new Map<StateId, Instance>();
  readonly #universe: Universe;
  readonly #tampering: Tampering;
  readonly #byKey = new Map<string, StateId>();
  readonly #forks: boolean;
  readonly #byzantine: LaneId;

  constructor(universe: Universe, lane: LaneId, tampering: Tampering) {
    this.lane = lane;
    this.#universe = universe;
    this.#tampering = tampering;
    this.#forks = forks(universe.scope);
    this.#byzantine = universe.scope.byzantine?.lane ?? -1;
    const nothing = { admitted: [], firsts: [], waiting: [], refused: [], own: [] };
    this.#enter(this.instance(), [], { ...nothing, timeouts: 0, facts: NO_FACTS });
  }

  at(id: StateId): LaneState {
    return this.states[id] as LaneState;
  }

  /** A fresh replica that has its clients' payments. */
  instance(): Instance {
    const instance = new Instance(this.#universe, this.lane, this.#tampering);
    const { scope } = this.#universe;
    for (const name of scope.proposes.get(this.lane) ?? []) {
      instance.submit(this.#universe.payment(name));
    }
    return instance;
  }

  /** The state after the move; the same state if it changes nothing. */
  after(id: StateId, move: Move): StateId {
    const state = this.at(id);
    const known = state.edges.get(move);
    if (known !== undefined) return known;
    const next = this.found === null ? this.#execute(state, move) : id;
    state.edges.set(move, next);
    return next;
  }

  /**
   * Could the arrival of the block change the state, and could not the arrival of another block first do the
   * same? A block that waits only for blocks which may come themselves comes after them. But what
   * a lane says after it is known to fork is let in only when a waiting block names it, or when it
   * has been waiting before (Reception): there blocks come too early, too.
   */
  mayArrive(state: LaneState, id: BlockId, anyOrder: boolean): boolean {
    if (isKnown(state, id)) return false;
    const { names, history, lane } = this.#universe.at(id);
    if (anyOrder || names.every((name) => state.admitted.includes(name))) return true;
    if (names.some((name) => state.refused.includes(name))) return true;
    if (!this.#forks) return false;
    if (state.firsts.length === 0) return lane === this.#byzantine;
    return history.some((name) => {
      return this.#universe.at(name).lane === this.#byzantine && !state.admitted.includes(name);
    });
  }

  #execute(state: LaneState, move: Move): StateId {
    const instance = this.#instanceAt(state);
    const reaction = this.apply(instance, move);
    const path = [...state.path, move];
    if (reaction.failure !== null) {
      this.#report({ checker: 'failure', detail: reaction.failure }, path);
      return state.id;
    }
    const { made } = reaction;
    if (move < 0 && made === null) return state.id;
    const arrived = made === null ? move : this.#universe.intern(made).id;
    return this.#settle(instance, state, arrived, path);
  }

  /** One that stands there already, else a fresh one that goes the whole way. */
  #instanceAt({ id, path }: LaneState): Instance {
    const ready = this.#ready.get(id);
    this.#ready.delete(id);
    if (ready !== undefined) return ready;
    const instance = this.instance();
    for (const earlier of path) this.apply(instance, earlier);
    return instance;
  }

  #keepReady(id: StateId, instance: Instance): void {
    this.#ready.set(id, instance);
    if (this.#ready.size <= READY_MAX) return;
    for (const oldest of this.#ready.keys()) {
      this.#ready.delete(oldest);
      break;
    }
  }

  apply(instance: Instance, move: Move): Reaction {
    this.steps++;
    if (move === PRODUCE) return instance.produce();
    if (move === EXPIRE) return instance.expire();
    return instance.take(this.#universe.at(move));
  }

  /** The state of the replica after the block came to it, or was made by it. */
  #settle(instance: Instance, before: LaneState, arrived: BlockId, path: readonly Move[]): StateId {
    const isOwn = (path.at(-1) as Move) < 0;
    const sorted = this.#sort(instance, before, arrived, isOwn);
    if ('checker' in sorted) {
      this.#report(sorted, path);
      return before.id;
    }
    const { admitted, waiting, refused } = sorted;
    const size = before.admitted.length + before.waiting.length + before.refused.length;
    if (admitted.length + waiting.length + refused.length === size) return before.id;
    const firsts = this.#firstsOf(instance, admitted);
    const facts = factsOf(this.#universe, instance, admitted);
    const own = isOwn ? [...before.own, arrived] : before.own;
    const expired = path.at(-1) === EXPIRE ? 1 : 0;
    const timeouts = before.timeouts + expired;
    if (goesBack(before.facts, facts)) {
      this.#report({ checker: 'status-order', detail: 'took an outcome back' }, path);
    }
    return this.#enter(instance, path, {
      admitted,
      firsts,
      waiting,
      refused,
      own,
      timeouts,
      facts,
    });
  }

  #enter(
    instance: Instance,
    path: readonly Move[],
    parts: Omit<LaneState, 'id' | 'path' | 'pool' | 'observed' | 'edges'>,
  ): StateId {
    const pool = this.#pool(instance);
    const { admitted, firsts, waiting, refused, own } = parts;
    const key = [admitted, firsts, waiting, refused, pool].join('|');
    const seen = observation(this.#universe, instance);
    // What it would say next is part of what it is; the instance has said it afterwards.
    const speaks = own.length < this.blocksMax;
    const next = speaks ? this.apply(instance, PRODUCE).made : null;
    const observed = `${seen} ${next?.digest ?? ''}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      const other = this.at(known);
      if (other.observed !== observed) {
        const detail = difference(other.observed, observed);
        this.#report({ checker: 'order-dependent', detail }, path, other.path);
      }
      return known;
    }
    const id = this.states.length;
    const state = { id, path, pool, observed, edges: new Map<Move, StateId>(), ...parts };
    this.states.push(state);
    this.#byKey.set(key, id);
    const finding = judgeFacts(this.#universe, admitted, parts.facts);
    if (finding !== null) this.#report(finding, path);
    if (next !== null && this.found === null) {
      const made = this.#universe.intern(next).id;
      state.edges.set(PRODUCE, this.#settle(instance, state, made, [...path, PRODUCE]));
    } else if (!speaks) this.#keepReady(id, instance);
    return id;
  }

  #pool({ replica }: Instance): string {
    const states = this.#universe.transactions.map(({ txid }) => replica.status(txid).state);
    return states.map((state) => (state === 'pending' || state === 'dropped' ? state : '')).join();
  }

  /** Where the blocks that had not been admitted are now; what contradicts the definitions is found. */
  #sort(
    { core, replica }: Instance,
    before: LaneState,
    arrived: BlockId,
    isOwn: boolean,
  ): Pick<LaneState, 'admitted' | 'waiting' | 'refused'> | Finding {
    const at = (id: BlockId) => this.#universe.at(id);
    const open = [...before.waiting, arrived];
    const isIn = (id: BlockId) => core.graph.find(at(id).block.digest) !== 0;
    const admitted = [...before.admitted, ...open.filter(isIn)].sort(ascending);
    const wrong = open.find((id) => isIn(id) && at(id).refused !== null);
    if (wrong !== undefined) {
      const detail = `${at(wrong).name} is admitted: ${at(wrong).refused}`;
      return { checker: isOwn && wrong === arrived ? 'own-admissible' : 'admission', detail };
    }
    const refused = [...before.refused];
    let rest = open.filter((id) => !isIn(id));
    for (let refuses = true; refuses; ) {
      const gone = rest.filter((id) => isRefused(at(id), admitted, refused));
      refused.push(...gone);
      rest = rest.filter((id) => !gone.includes(id));
      refuses = gone.length > 0;
    }
    const { waitingBlocks } = replica.counters();
    const ignored = rest.includes(arrived) && core.graph.forked(at(arrived).lane);
    if (ignored && waitingBlocks === rest.length - 1) rest = rest.filter((id) => id !== arrived);
    const stuck = rest.find((id) => at(id).names.every((name) => admitted.includes(name)));
    if (waitingBlocks !== rest.length || stuck !== undefined) {
      const detail = `${at(stuck ?? arrived).name} is not admitted`;
      return { checker: 'admission', detail };
    }
    return { admitted, waiting: rest.sort(ascending), refused: refused.sort(ascending) };
  }

  #firstsOf({ core: { graph } }: Instance, admitted: readonly BlockId[]): BlockId[] {
    return admitted.filter((id) => {
      const { lane, block } = this.#universe.at(id);
      const [first, second] = graph.at(lane, block.header.seq);
      return second !== undefined && first === graph.find(block.digest);
    });
  }

  #report(finding: Finding, path: readonly Move[], otherPath: readonly Move[] | null = null): void {
    this.found ??= { ...finding, lane: this.lane, path, otherPath };
  }
}

function isRefused(
  { names, refused: why }: KnownBlock,
  admitted: readonly BlockId[],
  refused: readonly BlockId[],
): boolean {
  if (names.some((name) => refused.includes(name))) return true;
  return why !== null && names.every((name) => admitted.includes(name));
}

function isKnown({ admitted, waiting, refused }: LaneState, id: BlockId): boolean {
  return admitted.includes(id) || waiting.includes(id) || refused.includes(id);
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** The first place in which two observations differ, with a little around it. */
function difference(a: string, b: string): string {
  const at = [...a].findIndex((char, i) => char !== b[i]);
  const from = Math.max(0, at - 30);
  return `${a.slice(from, at + 30)} / ${b.slice(from, at + 30)}`;
}
