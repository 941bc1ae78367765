import { hex8 } from '../codec/hex.ts';
import { readList, readU32, writeList, writeU32 } from '../codec/list.ts';
import { decodeOrdinals, encodeOrdinals } from '../codec/ordinals.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { Table } from '../replica/ports.ts';
import type { ViewVote, Vote } from '../types/block.ts';
import type { Dag, DagNode, History, NodeId } from '../types/dag.ts';
import type { Epoch, LaneId, View } from '../types/ids.ts';

/** Votes of a block that is being judged or built, which the book does not hold yet. */
export type OwnVotes = { readonly lane: LaneId; readonly votes: readonly Vote[] };

type Cast = { readonly node: NodeId; readonly lane: LaneId };

/** PREPAREs, or COMMITs, for one block in one view. */
type Ballot = { readonly view: View; readonly block: NodeId; readonly casts: Cast[] };

type Instance = {
  /** The blocks that vote in it. */
  readonly voters: NodeId[];
  readonly prepares: Ballot[];
  readonly commits: Ballot[];
  readonly viewChanges: Map<View, Cast[]>;
  readonly ends: Cast[];
  readonly proposals: Map<View, NodeId[]>;
};

/**
 * All votes of all admitted blocks, by instance; counted within a history. Instances long decided are
 * kept as lists of their voting blocks in the store, for blocks that speak from an old history.
 */
export class VoteBook {
  readonly #dag: Dag;
  readonly #table: Table;
  readonly #instances = new Map<Epoch, Instance>();
  #forgotten: Epoch = 0;

  constructor(dag: Dag, table: Table) {
    this.#dag = dag;
    this.#table = table;
  }

  add(node: DagNode): void {
    const epoch = node.votes.find(isInView)?.epoch;
    if (epoch === undefined) return;
    const instance = this.#instance(epoch) ?? emptyInstance();
    this.#instances.set(epoch, instance);
    this.#cast(instance, node);
    if (epoch <= this.#forgotten) this.#save(epoch, instance);
  }

  /** The block with COMMITs of Q lanes for one view in H; 0 if there is none. */
  decided(epoch: Epoch, history: History, own: OwnVotes | null): NodeId {
    for (const ballot of [
      ...(this.#instance(epoch)?.commits ?? []),
      ...ownCommits(own, epoch, this.#dag),
    ]) {
      const lanes = this.#lanes(ballot.casts, history);
      if (own !== null && hasCast(own, 'commit', epoch, ballot, this.#dag)) lanes.add(own.lane);
      if (lanes.size >= this.#dag.quorum) return ballot.block;
    }
    return 0;
  }

  /** The blocks whose COMMITs decide it in H, one of each of these lanes; none if it is not decided. */
  deciding(epoch: Epoch, history: History): NodeId[] {
    for (const { casts } of this.#instance(epoch)?.commits ?? []) {
      const byLane = new Map<LaneId, NodeId>();
      for (const { lane, node } of casts) {
        if (!byLane.has(lane) && this.#dag.contains(history, node)) byLane.set(lane, node);
      }
      if (byLane.size >= this.#dag.quorum) return [...byLane.values()];
    }
    return [];
  }

  /** Has `block` PREPAREs of Q lanes for this view in H? */
  isPrepared(
    epoch: Epoch,
    view: View,
    block: NodeId,
    history: History,
    own: OwnVotes | null,
  ): boolean {
    const known = this.#instance(epoch)?.prepares.find(
      (ballot) => ballot.view === view && ballot.block === block,
    );
    const lanes = this.#lanes(known?.casts ?? [], history);
    if (own !== null && hasCast(own, 'prepare', epoch, { view, block }, this.#dag))
      lanes.add(own.lane);
    return lanes.size >= this.#dag.quorum;
  }

  /** The block prepared in the highest view below `view` in H; null if none is. */
  highestPrepared(
    epoch: Epoch,
    view: View,
    history: History,
  ): { view: View; block: NodeId } | null {
    let best: Ballot | null = null;
    for (const ballot of this.#instance(epoch)?.prepares ?? []) {
      if (ballot.view >= view || (best !== null && ballot.view <= best.view)) continue;
      if (this.#lanes(ballot.casts, history).size >= this.#dag.quorum) best = ballot;
    }
    return best === null ? null : { view: best.view, block: best.block };
  }

  /** The proposal of this view in H (an equivocating leader may have several: the first admitted); 0 if none. */
  proposal(epoch: Epoch, view: View, history: History): NodeId {
    const all = this.#instance(epoch)?.proposals.get(view) ?? [];
    return all.find((id) => this.#dag.contains(history, id)) ?? 0;
  }

  /** The highest view that each lane asks for in H; 0 for those that ask for none. */
  viewsAskedFor(epoch: Epoch, history: History): View[] {
    const views = new Array<View>(this.#dag.n).fill(0);
    for (const [view, casts] of this.#instance(epoch)?.viewChanges ?? []) {
      for (const cast of casts) {
        if (view <= (views[cast.lane] as View)) continue;
        if (this.#dag.contains(history, cast.node)) views[cast.lane] = view;
      }
    }
    return views;
  }

  /** The blocks in H that ask for exactly this view. */
  viewChanges(epoch: Epoch, view: View, history: History): NodeId[] {
    const all = this.#instance(epoch)?.viewChanges.get(view) ?? [];
    return all.filter((cast) => this.#dag.contains(history, cast.node)).map((cast) => cast.node);
  }

  /** Lanes in H that ask for exactly this view. */
  countViewChanges(epoch: Epoch, view: View, history: History, own: OwnVotes | null): number {
    const lanes = new Set(
      this.viewChanges(epoch, view, history).map((id) => this.#dag.node(id).lane),
    );
    const mine = own?.votes.some((vote) => vote.kind === 'viewchange' && vote.view === view);
    if (own !== null && mine === true) lanes.add(own.lane);
    return lanes.size;
  }

  /** Lanes in H that have said END. */
  countEnds(epoch: Epoch, history: History, own: OwnVotes | null): number {
    const lanes = this.#lanes(this.#instance(epoch)?.ends ?? [], history);
    if (own?.votes.some((vote) => vote.kind === 'end') === true) lanes.add(own.lane);
    return lanes.size;
  }

  /** Moves the instances up to `epoch` to the store. */
  forget(epoch: Epoch): void {
    for (const [old, instance] of this.#instances) {
      if (old > epoch) continue;
      if (old > this.#forgotten) this.#save(old, instance);
      this.#instances.delete(old);
    }
    this.#forgotten = Math.max(this.#forgotten, epoch);
  }

  /** What the store does not have. */
  save(writer: Writer): void {
    writer.u32(this.#forgotten);
    const recent = [...this.#instances].filter(([epoch]) => epoch > this.#forgotten);
    writeList(writer, recent, (to, [epoch, { voters }]) => {
      to.u32(epoch);
      writeList(to, voters, writeU32);
    });
  }

  /** Continues an empty book. */
  load(reader: Reader): void {
    this.#forgotten = reader.u32();
    readList(reader, 8, (from) => this.#recast(from.u32(), readList(from, 4, readU32)));
  }

  #instance(epoch: Epoch): Instance | undefined {
    const known = this.#instances.get(epoch);
    if (known !== undefined || epoch > this.#forgotten) return known;
    return this.#recast(epoch, decodeOrdinals(this.#table.get(voteKey(epoch))));
  }

  #recast(epoch: Epoch, voters: readonly NodeId[]): Instance {
    const instance = emptyInstance();
    for (const id of voters) this.#cast(instance, this.#dag.node(id));
    this.#instances.set(epoch, instance);
    return instance;
  }

  #cast(instance: Instance, node: DagNode): void {
    const cast = { node: node.id, lane: node.lane };
    instance.voters.push(node.id);
    for (const vote of node.votes) {
      if (vote.kind === 'viewchange') append(instance.viewChanges, vote.view, cast);
      else if (vote.kind === 'propose') append(instance.proposals, vote.view, node.id);
      else if (vote.kind === 'end') instance.ends.push(cast);
      else if (vote.kind === 'prepare' || vote.kind === 'commit') {
        const ballots = vote.kind === 'prepare' ? instance.prepares : instance.commits;
        ballotOf(ballots, vote.view, this.#dag.find(vote.block.digest)).casts.push(cast);
      }
    }
  }

  #save(epoch: Epoch, instance: Instance): void {
    this.#table.put(voteKey(epoch), encodeOrdinals(instance.voters));
  }

  #lanes(all: readonly Cast[], history: History): Set<LaneId> {
    const lanes = new Set<LaneId>();
    for (const cast of all) {
      if (!lanes.has(cast.lane) && this.#dag.contains(history, cast.node)) lanes.add(cast.lane);
    }
    return lanes;
  }
}

/** The highest view that so many lanes ask for, or for a higher one; 0 if they do not. */
export function viewReached(views: readonly View[], lanes: number): View {
  return views.toSorted((a, b) => b - a)[lanes - 1] ?? 0;
}

function isInView(vote: Vote): vote is ViewVote {
  return vote.kind !== 'checkpoint' && vote.kind !== 'checked';
}

function emptyInstance(): Instance {
  return {
    voters: [],
    prepares: [],
    commits: [],
    viewChanges: new Map(),
    ends: [],
    proposals: new Map(),
  };
}

function voteKey(epoch: Epoch): string {
  return `v${hex8(epoch)}`;
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function ballotOf(ballots: Ballot[], view: View, block: NodeId): Ballot {
  const known = ballots.find((ballot) => ballot.view === view && ballot.block === block);
  if (known !== undefined) return known;
  const ballot = { view, block, casts: [] };
  ballots.push(ballot);
  return ballot;
}

/** Does one of the own votes stand for this ballot? */
function hasCast(
  own: OwnVotes,
  kind: 'prepare' | 'commit',
  epoch: Epoch,
  ballot: { view: View; block: NodeId },
  dag: Dag,
): boolean {
  return own.votes.some(
    (vote) =>
      vote.kind === kind &&
      vote.epoch === epoch &&
      vote.view === ballot.view &&
      dag.find(vote.block.digest) === ballot.block,
  );
}

/** With a quorum of one, the first COMMIT of an instance decides it. */
function ownCommits(own: OwnVotes | null, epoch: Epoch, dag: Dag): Ballot[] {
  if (own === null) return [];
  return own.votes.flatMap((vote) =>
    vote.kind === 'commit' && vote.epoch === epoch
      ? [{ view: vote.view, block: dag.find(vote.block.digest), casts: [] }]
      : [],
  );
}
