import type { CheckedVote, EpochVote, ViewVote, Vote } from '../../types/block.ts';
import type { Digest, Epoch, LaneId, Seq, View } from '../../types/ids.ts';
import type { Bits } from './bits.ts';
import { type Entry, inChain } from './entry.ts';
import type { Cast, Model } from './model.ts';
import { equivocators } from './model.ts';

/**
 * A history; `until` cuts the votes of one block off at a position, so that a block's own votes can
 * be judged in their order.
 */
export type Scope = {
  readonly history: Bits;
  readonly until?: { readonly at: Entry; readonly position: number };
};

type Targeted = Extract<ViewVote, { kind: 'prepare' | 'commit' }>;

export function castsIn(
  model: Model,
  scope: Scope,
  epoch: Epoch,
  kind: EpochVote['kind'],
): readonly Cast[] {
  return (model.votes.get(epoch) ?? []).filter(
    (cast) =>
      cast.vote.kind === kind &&
      scope.history.has(cast.at.index) &&
      (cast.at !== scope.until?.at || cast.position < scope.until.position),
  );
}

/** Blocks that Q lanes prepared (or committed) in the history, with the view in which they did. */
export function supported(
  model: Model,
  scope: Scope,
  epoch: Epoch,
  kind: 'prepare' | 'commit',
): { readonly view: View; readonly block: Entry }[] {
  const named: { readonly view: View; readonly digest: Digest; readonly voters: Set<LaneId> }[] =
    [];
  for (const { at, vote } of castsIn(model, scope, epoch, kind)) {
    const { view, block } = vote as Targeted;
    let one = named.find((other) => other.view === view && other.digest === block.digest);
    if (one === undefined) {
      one = { view, digest: block.digest, voters: new Set() };
      named.push(one);
    }
    one.voters.add(at.lane);
  }
  return named
    .filter(({ voters }) => voters.size >= model.setting.quorum)
    .map(({ view, digest }) => ({ view, block: model.byDigest.get(digest)! }));
}

/** value(L) for the proposal of (epoch, view) in block L: L, or what was prepared in the highest view below. */
export function decidedBy(model: Model, proposal: Entry, epoch: Epoch, view: View): Entry {
  if (view === 0) return proposal;
  const asking = castsIn(model, proposal, epoch, 'viewchange').filter(
    (cast) => (cast.vote as { view: View }).view === view,
  );
  const shown = asking
    .flatMap((cast) => supported(model, cast.at, epoch, 'prepare'))
    .filter((prepared) => prepared.view < view)
    .sort((a, b) => b.view - a.view)[0];
  return shown === undefined ? proposal : decidedBy(model, shown.block, epoch, shown.view);
}

/** Every value that instance `epoch` decides in the history. More than one breaks agreement. */
export function decisions(model: Model, scope: Scope, epoch: Epoch): Set<Entry> {
  return new Set(
    supported(model, scope, epoch, 'commit').map(({ view, block }) =>
      decidedBy(model, block, epoch, view),
    ),
  );
}

/** L_1, L_2, ...: those before the generation that the history begins in, and those decided in it. */
export function cutsIn(model: Model, scope: Scope): Entry[] {
  const cuts: Entry[] = [...model.cutsBefore(scope.history)];
  for (;;) {
    const [cut] = decisions(model, scope, cuts.length + 1);
    if (cut === undefined) return cuts;
    cuts.push(cut);
  }
}

/** Lanes with new blocks in the cut: their highest seq there is above that in the cut before; ascending. */
export function activeLanes(model: Model, cut: Entry, before: Entry | undefined): LaneId[] {
  const top = (end: Entry | undefined, lane: LaneId): Seq =>
    model.entries
      .filter((entry) => entry.lane === lane && end?.history.has(entry.index))
      .reduce((highest, entry) => Math.max(highest, entry.seq), 0);
  const lanes = Array.from({ length: model.setting.n }, (_, lane) => lane);
  const last = before?.generation === cut.generation ? before : undefined;
  return lanes.filter((lane) => top(cut, lane) > top(last, lane));
}

/** leader(e,v), for an instance whose predecessor is decided in `cuts`. */
export function leaderOf(model: Model, cuts: readonly Entry[], epoch: Epoch, view: View): LaneId {
  const { n, quorum, leaders } = model.setting;
  if (leaders !== undefined) return leaders[(epoch + view) % leaders.length]!;
  const all = Array.from({ length: n }, (_, lane) => lane);
  const last = cuts[epoch - 2];
  let list = all;
  if (last !== undefined && !model.isStop(epoch - 1)) {
    const forked = equivocators(model, last.history);
    const active = activeLanes(model, last, cuts[epoch - 3]).filter((lane) => !forked.has(lane));
    if (active.length >= quorum) list = active;
  }
  return list[(epoch + view) % list.length]!;
}

/** The view for `epoch` that a chain is in, by its own votes within the scope. */
export function viewIn(model: Model, scope: Scope, tip: Entry, epoch: Epoch): View {
  const asked = castsIn(model, scope, epoch, 'viewchange').filter((cast) => inChain(cast.at, tip));
  return Math.max(0, ...asked.map((cast) => (cast.vote as { view: View }).view));
}

/**
 * Rule 4: what is wrong with the votes of a registered block, if anything. They all belong to the
 * instance after the last of `cuts`, those decided in the history of prev and refs.
 */
export function faultOfVotes(
  model: Model,
  entry: Entry,
  cuts: readonly Entry[],
): string | undefined {
  const { history } = entry;
  for (const [position, vote] of entry.block.votes.entries()) {
    const scope = { history, until: { at: entry, position } };
    const fault = faultOf(model, entry, vote, scope, cuts);
    if (fault !== undefined) return `vote ${position} (${vote.kind}): ${fault}`;
  }
  return undefined;
}

function faultOf(
  model: Model,
  entry: Entry,
  vote: Vote,
  scope: Scope,
  cuts: readonly Entry[],
): string | undefined {
  if (vote.kind === 'checked') return faultOfChecked(model, entry, vote);
  if (vote.kind === 'checkpoint') return faultOfSigned(model, entry, vote.epoch, scope);
  return faultOfVote(model, entry, vote, scope, cuts);
}

/** Each other lane once, and only what the history has of it. */
function faultOfChecked(model: Model, entry: Entry, vote: CheckedVote): string | undefined {
  if (model.setting.isWitnessed === undefined) return 'nobody shares checks';
  if (vote.lane === entry.lane) return 'of the own lane';
  const seqs = entry.history
    .members()
    .map((index) => (index === entry.index ? entry : model.entries[index]!))
    .filter((block) => block.lane === vote.lane)
    .map((block) => block.seq);
  if (!seqs.some((seq) => seq >= vote.seq)) return 'of what is not in the history';
  const same = entry.block.votes.filter(
    (other) => other.kind === 'checked' && other.lane === vote.lane,
  );
  return same.length > 1 ? 'twice' : undefined;
}

/** A chain signs checkpoints of decided epochs, in ascending order. */
function faultOfSigned(model: Model, entry: Entry, epoch: Epoch, scope: Scope): string | undefined {
  if (epoch > cutsIn(model, entry).length) return 'of an epoch that is not decided';
  const later = [...model.votes.keys()].filter((other) => other >= epoch);
  const signed = later.some((other) =>
    castsIn(model, scope, other, 'checkpoint').some((cast) => inChain(cast.at, entry)),
  );
  return signed ? 'not after the last one signed' : undefined;
}

function faultOfVote(
  model: Model,
  entry: Entry,
  vote: ViewVote,
  scope: Scope,
  cuts: readonly Entry[],
): string | undefined {
  if (vote.epoch !== cuts.length + 1) return 'not of the open instance';
  if (vote.kind === 'end') return faultOfEnd(model, entry, vote.epoch, scope);
  const view = viewIn(model, scope, entry, vote.epoch);
  if (vote.kind === 'viewchange') return faultOfViewChange(model, entry, vote, view);
  if (vote.view !== view) return 'not in this view';
  const repeated = castsIn(model, scope, vote.epoch, vote.kind).some(
    (cast) => inChain(cast.at, entry) && (cast.vote as { view: View }).view === vote.view,
  );
  if (repeated) return 'said before';
  const earlier = entry.block.votes.slice(0, scope.until?.position);
  if (vote.kind === 'propose' && earlier.some((other) => other.kind === 'propose')) {
    return 'the block proposes in two views';
  }
  return vote.kind === 'propose'
    ? faultOfProposal(model, entry, vote, scope, cuts)
    : faultOfSupport(model, entry, vote, scope);
}

/** A first view anybody may ask for; a higher one if the view below, or a higher one, is asked for by more than f lanes. */
function faultOfViewChange(
  model: Model,
  entry: Entry,
  { epoch, view }: Extract<ViewVote, { kind: 'viewchange' }>,
  present: View,
): string | undefined {
  if (view <= present) return 'not a higher view';
  if (view === 1) return undefined;
  const near = castsIn(model, entry, epoch, 'viewchange').filter(
    (cast) => cast.at !== entry && (cast.vote as { view: View }).view >= view - 1,
  );
  const lanes = new Set(near.map((cast) => cast.at.lane));
  // As n >= 3f + 1: fewer than a third of all lanes can all be Byzantine.
  return 3 * lanes.size < model.setting.n ? 'nobody can have left the view below' : undefined;
}

/** Once in a chain, before the stop cut. */
function faultOfEnd(model: Model, entry: Entry, epoch: Epoch, scope: Scope): string | undefined {
  if (!model.isStop(epoch)) return 'not before a stop cut';
  const said = castsIn(model, scope, epoch, 'end').some((cast) => inChain(cast.at, entry));
  return said ? 'said before' : undefined;
}

function faultOfProposal(
  model: Model,
  entry: Entry,
  vote: Extract<ViewVote, { kind: 'propose' }>,
  scope: Scope,
  cuts: readonly Entry[],
): string | undefined {
  if (leaderOf(model, cuts, vote.epoch, vote.view) !== entry.lane) return 'not the leader';
  if (model.isStop(vote.epoch)) {
    const ended = castsIn(model, scope, vote.epoch, 'end').map((cast) => cast.at.lane);
    if (new Set(ended).size < model.setting.quorum) return 'no quorum has ended';
  }
  if (vote.view === 0) return undefined;
  const asking = castsIn(model, scope, vote.epoch, 'viewchange').filter(
    (cast) => (cast.vote as { view: View }).view === vote.view,
  );
  const lanes = new Set(asking.map((cast) => cast.at.lane));
  return lanes.size >= model.setting.quorum ? undefined : 'no quorum asked for the view';
}

function faultOfSupport(
  model: Model,
  entry: Entry,
  vote: Targeted,
  scope: Scope,
): string | undefined {
  const target = model.byDigest.get(vote.block.digest);
  if (target === undefined || target === entry || !entry.history.has(target.index)) {
    return 'names a block outside of the history';
  }
  const { lane, seq, generation } = vote.block;
  if (generation !== entry.generation) return 'names another generation';
  if (lane !== target.lane || seq !== target.seq) return 'gives a block another name';
  const proposes = target.block.votes.some(
    (other) => other.kind === 'propose' && other.epoch === vote.epoch && other.view === vote.view,
  );
  if (!proposes) return 'names a block that does not propose';
  if (vote.kind === 'prepare') return undefined;
  const prepared = supported(model, scope, vote.epoch, 'prepare').some(
    ({ view, block }) => view === vote.view && block === target,
  );
  return prepared ? undefined : 'not prepared';
}
