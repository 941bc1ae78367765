import { faultsOf } from '../committee/committee.ts';
import { defined } from '../std/assert.ts';
import type { BlockRef, CheckedVote, Vote } from '../types/block.ts';
import type { Dag, DagNode, History, NodeId, Stance } from '../types/dag.ts';
import type { Epoch, LaneId, View } from '../types/ids.ts';
import { type OwnVotes, type VoteBook, viewReached } from './vote-book.ts';

/** The epochs of a generation: those after `start`, up to and with `stop` (Infinity: it does not end). */
export type Span = { readonly start: Epoch; readonly stop: Epoch };

/** Of a chain before its first block. */
export function initialStance({ start }: Span): Stance {
  return { ...FRESH, epoch: start + 1, checkpointed: 0, ended: false };
}

/** Of a chain in an instance in which it has said nothing. */
const FRESH = { view: 0, proposed: false, prepared: false, committed: false } as const;

/** How many epochs' leader lists are remembered. */
const LEADERS_KEPT = 64;

/** The blocks that the instances decided, by epoch: the value(L) of section 6. */
export interface Cuts {
  /** 0 while epoch is undecided here; genesis has none. */
  cut(epoch: Epoch): NodeId;
}

export type Judged = { readonly epoch: Epoch; readonly stance: Stance };

/** PROTOCOL.md section 6 as pure questions about histories. */
export class ConsensusRules {
  readonly #dag: Dag;
  readonly #book: VoteBook;
  readonly #cuts: Cuts;
  readonly #span: Span;
  readonly #sharesChecks: boolean;
  readonly #leaders = new Map<Epoch, readonly LaneId[]>();

  constructor(dag: Dag, book: VoteBook, cuts: Cuts, span: Span, sharesChecks = false) {
    this.#dag = dag;
    this.#book = book;
    this.#cuts = cuts;
    this.#span = span;
    this.#sharesChecks = sharesChecks;
  }

  /** Does the instance decide the stop cut of the generation? */
  isStop(epoch: Epoch): boolean {
    return epoch === this.#span.stop;
  }

  /** Rule 6.1: number of cuts decided in H, given that `known` are. */
  decidedEpochs(history: History, known: Epoch, own: OwnVotes | null): Epoch {
    let epoch = known;
    while (this.#book.decided(epoch + 1, history, own) !== 0) epoch++;
    return epoch;
  }

  /** The block that instance `epoch` decides in H by COMMITs of Q lanes: value(L). 0 if undecided. */
  decision(epoch: Epoch, history: History, own: OwnVotes | null): NodeId {
    const committed = this.#book.decided(epoch, history, own);
    return committed === 0 ? 0 : this.value(epoch, committed);
  }

  /**
   * Rule 6.2: a proposal stands for itself, unless a VIEWCHANGE that justifies it shows a prepared
   * block: then for what the one prepared in the highest view stands for.
   */
  value(epoch: Epoch, proposal: NodeId): NodeId {
    let block = proposal;
    for (;;) {
      const node = this.#dag.node(block);
      const earlier = this.#carried(epoch, node);
      if (earlier === 0) return block;
      block = earlier;
    }
  }

  /** Rule 6.6: lanes with new blocks in the last cut that do not equivocate in it, or all if fewer than Q. */
  leaders(epoch: Epoch): readonly LaneId[] {
    const known = this.#leaders.get(epoch);
    if (known !== undefined) return known;
    const everyone = Array.from({ length: this.#dag.n }, (_, lane) => lane);
    if (epoch === this.#span.start + 1) return everyone;
    const fresh = this.activeLanes(epoch - 1).filter((lane) => !this.#equivocates(epoch - 1, lane));
    const list = fresh.length < this.#dag.quorum ? everyone : fresh;
    this.#leaders.set(epoch, list);
    this.#leaders.delete(epoch - LEADERS_KEPT);
    return list;
  }

  leader(epoch: Epoch, view: View): LaneId {
    const list = this.leaders(epoch);
    return defined(list[(epoch + view) % list.length], 'the list is not empty');
  }

  /** Lanes with blocks in the cut of `epoch` that the cut before does not have; ascending. */
  activeLanes(epoch: Epoch): LaneId[] {
    const cut = this.#dag.node(this.#cuts.cut(epoch));
    const before = this.#cuts.cut(epoch - 1);
    const last = before === 0 ? null : this.#dag.node(before).frontier;
    const lanes: LaneId[] = [];
    for (let lane = 0; lane < this.#dag.n; lane++) {
      if ((cut.frontier[lane] as number) > (last?.[lane] ?? 0)) lanes.push(lane);
    }
    return lanes;
  }

  /** Does the cut of `epoch` show it? Such a lane owns no bucket and does not lead after it. */
  #equivocates(epoch: Epoch, lane: LaneId): boolean {
    return this.#dag.node(this.#cuts.cut(epoch)).forks.has(lane);
  }

  /**
   * Rule A4: do these votes of `lane`, in their order, obey section 6 in `history` (prev,
   * refs and the block itself)? `before`: cuts decided without them. Returns what the block then is, or
   * says what is wrong.
   */
  judge(
    lane: LaneId,
    votes: readonly Vote[],
    history: History,
    before: Epoch,
    prev: Stance,
  ): Judged | string {
    let stance = this.enter(prev, before);
    for (let i = 0; i < votes.length; i++) {
      const own = { lane, votes: votes.slice(0, i + 1) };
      const next = this.#cast(votes[i] as Vote, stance, history, own);
      if (typeof next === 'string') return next;
      stance = next;
    }
    const epoch = this.decidedEpochs(history, before, { lane, votes });
    if (stance.checkpointed > epoch) return 'signs a checkpoint that is not decided';
    return { epoch, stance };
  }

  /** A chain's stance once `decided` cuts are decided: fresh for a new instance. */
  enter(prev: Stance, decided: Epoch): Stance {
    if (prev.epoch === decided + 1) return prev;
    return { ...prev, ...FRESH, epoch: decided + 1 };
  }

  #cast(vote: Vote, stance: Stance, history: History, own: OwnVotes): Stance | string {
    if (vote.kind === 'checkpoint') {
      if (vote.epoch <= stance.checkpointed) return 'signs an earlier checkpoint';
      return { ...stance, checkpointed: vote.epoch };
    }
    if (vote.kind === 'checked') return this.#checked(vote, stance, history, own);
    if (vote.epoch !== stance.epoch) return `votes in instance ${vote.epoch}, not ${stance.epoch}`;
    if (vote.kind === 'viewchange') return this.#viewChange(vote.view, stance, history);
    if (vote.kind === 'end') return this.#end(stance);
    if (vote.view !== stance.view) return `votes in view ${vote.view}, not ${stance.view}`;
    if (vote.kind === 'propose') return this.#propose(stance, history, own);
    const block = this.#dag.find(vote.block.digest);
    if (block === 0 || !this.#dag.contains(history, block)) return 'votes for an unseen block';
    if (!names(vote.block, this.#dag.node(block))) return 'votes for a block by another name';
    return vote.kind === 'prepare'
      ? this.#prepare(stance, block)
      : this.#commit(stance, block, history, own);
  }

  /** Rule 10.2: of another lane, of what is in the history, each lane once. */
  #checked(
    { lane, seq }: CheckedVote,
    stance: Stance,
    history: History,
    own: OwnVotes,
  ): Stance | string {
    if (!this.#sharesChecks) return 'nobody else relies on its checks';
    if (lane === own.lane) return 'speaks of its own checks';
    if (seq > (history.frontier[lane] ?? 0)) return 'has checked what it does not have';
    const said = own.votes.filter((vote) => vote.kind === 'checked' && vote.lane === lane);
    return said.length > 1 ? 'says twice what it has checked' : stance;
  }

  /** Rule 6.5: a lane cannot ask for one view after the other on its own, for nobody would ever forget them. */
  #viewChange(view: View, stance: Stance, history: History): Stance | string {
    if (view <= stance.view) return `asks for view ${view} in view ${stance.view}`;
    const asked = this.#book.viewsAskedFor(stance.epoch, history);
    const next = viewReached(asked, faultsOf(this.#dag.n) + 1) + 1;
    if (view > next) return `asks for view ${view} when view ${next} is next`;
    return { ...stance, ...FRESH, view };
  }

  /** Rule 9.2. */
  #end(stance: Stance): Stance | string {
    if (!this.isStop(stance.epoch)) return `ends in instance ${stance.epoch}`;
    return stance.ended ? 'ends twice' : { ...stance, ended: true };
  }

  #propose(stance: Stance, history: History, own: OwnVotes): Stance | string {
    const { epoch, view } = stance;
    if (stance.proposed) return 'proposes twice';
    // Else value(L) would depend on which of its proposals is meant.
    if (own.votes.filter((vote) => vote.kind === 'propose').length > 1) return 'proposes two views';
    if (this.leader(epoch, view) !== own.lane) return `does not lead view ${view}`;
    if (view > 0 && this.#book.countViewChanges(epoch, view, history, own) < this.#dag.quorum) {
      return `leads view ${view} without a quorum`;
    }
    if (this.isStop(epoch) && this.#book.countEnds(epoch, history, own) < this.#dag.quorum) {
      return 'proposes a stop cut before a quorum has ended';
    }
    return { ...stance, proposed: true };
  }

  #prepare(stance: Stance, block: NodeId): Stance | string {
    if (stance.prepared) return 'prepares twice';
    if (!proposes(this.#dag.node(block), stance.epoch, stance.view)) return 'prepares no proposal';
    return { ...stance, prepared: true };
  }

  #commit(stance: Stance, block: NodeId, history: History, own: OwnVotes): Stance | string {
    if (stance.committed) return 'commits twice';
    if (!this.#book.isPrepared(stance.epoch, stance.view, block, history, own)) {
      return 'commits what is not prepared';
    }
    return { ...stance, committed: true };
  }

  /** The block prepared in the highest lower view that the VIEWCHANGEs behind a proposal show; 0 if none. */
  #carried(epoch: Epoch, node: DagNode): NodeId {
    const view = node.votes.find((vote) => vote.kind === 'propose')?.view ?? 0;
    let best: { view: View; block: NodeId } | null = null;
    for (const id of this.#book.viewChanges(epoch, view, node)) {
      const shown = this.#book.highestPrepared(epoch, view, this.#dag.node(id));
      if (shown !== null && (best === null || shown.view > best.view)) best = shown;
    }
    return best?.block ?? 0;
  }
}

function names({ lane, seq }: BlockRef, node: DagNode): boolean {
  return lane === node.lane && seq === node.seq;
}

/** Is the block the proposal of this view? */
function proposes(node: DagNode, epoch: Epoch, view: View): boolean {
  return node.votes.some(
    (vote) => vote.kind === 'propose' && vote.epoch === epoch && vote.view === view,
  );
}
