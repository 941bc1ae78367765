import type { LaneId } from '../types/ids.ts';
import { type Facts, factsOf } from './facts.ts';
import type { Instance } from './instance.ts';
import { EXPIRE, type LaneStates, type Move } from './lane-states.ts';
import type { Search, Violation } from './search.ts';
import type { BlockId, Mask, Universe } from './universe.ts';
import type { World } from './world.ts';

type Part = {
  readonly lane: LaneStates;
  readonly path: readonly Move[];
  /** Moves of the path that were told. */
  done: number;
  readonly instance: Instance;
};

/**
 * A counterexample: what happens, in one order in which it can happen, executed once more by fresh replicas;
 * what they hold to be so is read from these. Only what the finding needs is told.
 */
export function tell({ world }: Search, violation: Violation, tuple: readonly number[]): string[] {
  const { checker, detail } = violation.finding;
  const lines = [`${checker}: ${detail}`];
  const paths = world.lanes.map((lane, i) => lane.at(tuple[i] as number).path);
  if (violation.kind === 'pair') {
    for (const [at, id] of violation.sides) paths[at] = world.lanes[at]?.at(id).path ?? [];
    const lanes = violation.sides.map(([at]) => world.lanes[at]?.lane ?? -1);
    return [...lines, ...new Teller(world, paths).tell(lanes)];
  }
  const { lane, path, otherPath } = violation.finding;
  const at = world.lanes.findIndex((other) => other.lane === lane);
  const whole = new Teller(world, paths.with(at, path)).tell([lane]);
  if (otherPath === null) return [...lines, ...whole];
  const other = new Teller(world, paths.with(at, otherPath)).tell([lane]);
  return [...lines, 'one way:', ...whole, 'another way:', ...other];
}

class Teller {
  readonly #universe: Universe;
  readonly #parts: readonly Part[];
  readonly #lines: string[] = [];
  readonly #exists = new Set<BlockId>();

  constructor(world: World, paths: readonly (readonly Move[])[]) {
    this.#universe = world.universe;
    this.#parts = world.lanes.map((lane, i) => ({
      lane,
      path: paths[i] ?? [],
      done: 0,
      instance: lane.instance(),
    }));
  }

  /** Everything that these lanes go through, and what the others do that it takes. */
  tell(lanes: readonly LaneId[]): string[] {
    for (const part of this.#parts) {
      if (!lanes.includes(part.lane.lane)) continue;
      while (part.done < part.path.length) this.#advance(part);
      this.#lines.push(`lane ${part.lane.lane} ends with: ${this.#state(part)}`);
    }
    return this.#lines;
  }

  #advance(part: Part): void {
    const move = part.path[part.done] as Move;
    if (move >= 0) this.#require(move);
    part.done++;
    const before = this.#facts(part);
    const reaction = part.lane.apply(part.instance, move);
    const made = reaction.made === null ? undefined : this.#universe.find(reaction.made.digest);
    if (made !== undefined) this.#exists.add(made);
    const what =
      move >= 0
        ? `takes ${this.#universe.at(move).name}`
        : `${move === EXPIRE ? 'loses patience and ' : ''}makes ${this.#describe(made)}`;
    const failure = reaction.failure === null ? '' : `, and fails: ${reaction.failure}`;
    const news = this.#news(before, this.#facts(part));
    this.#lines.push(`lane ${part.lane.lane} ${what}${failure}${news}`);
  }

  /** The block exists before it arrives. */
  #require(id: BlockId): void {
    if (this.#exists.has(id)) return;
    const { lane, history } = this.#universe.at(id);
    const part = this.#parts.find((other) => other.lane.lane === lane);
    if (part === undefined) {
      for (const earlier of history) this.#require(earlier);
      this.#exists.add(id);
      this.#lines.push(`lane ${lane} makes ${this.#describe(id)}`);
      return;
    }
    while (!this.#exists.has(id) && part.done < part.path.length) this.#advance(part);
  }

  #describe(id: BlockId | undefined): string {
    if (id === undefined) return 'nothing';
    const { name, names, block } = this.#universe.at(id);
    const txs = block.txs.map(({ txid }) => this.#universe.paymentNames(this.#universe.bit(txid)));
    const votes = block.votes.map((vote) => {
      return 'view' in vote ? `${vote.kind} ${vote.epoch}/${vote.view}` : vote.kind;
    });
    const named = names.map((each) => this.#universe.at(each).name).join(' ');
    const content = [...txs, ...votes].join(', ');
    return `${name}${content === '' ? '' : ` {${content}}`}${named === '' ? '' : ` on ${named}`}`;
  }

  #facts({ instance }: Part): Facts {
    return factsOf(this.#universe, instance, []);
  }

  #news(before: Facts, after: Facts): string {
    const news: string[] = [];
    const note = (verb: string, mask: Mask) => {
      if (mask !== 0) news.push(`${verb} ${this.#universe.paymentNames(mask)}`);
    };
    note('accepts', after.accepted & ~before.accepted);
    note('rejects', after.rejected & ~before.rejected);
    if (after.cuts.length > before.cuts.length) news.push(`applies epoch ${after.cuts.length}`);
    return news.length === 0 ? '' : `  -> ${news.join(', ')}`;
  }

  #state({ instance }: Part): string {
    const statuses = this.#universe.transactions.map(({ txid }, i) => {
      return `${this.#universe.scope.payments[i]?.name} ${instance.replica.status(txid).state}`;
    });
    return statuses.join(', ');
  }
}
