import { faultsOf } from '../committee/committee.ts';
import type { Vote } from '../types/block.ts';
import { refOf } from '../types/block.ts';
import type { Dag, History, NodeId, Stance } from '../types/dag.ts';
import type { Epoch, LaneId, View } from '../types/ids.ts';
import type { ConsensusRules } from './rules.ts';
import { type VoteBook, viewReached } from './vote-book.ts';

export type PacemakerPolicy = {
  readonly epochIntervalMs: number;
  readonly minEpochIntervalMs: number;
  readonly viewTimeoutMs: number;
};

/**
 * What the horizon says about the next cut: nothing waits, something final waits, as much of it as a cut should
 * hold, something contested waits.
 */
export type Need = 'none' | 'checkpoint' | 'full' | 'resolution';

/** The draft of the next own block, as far as votes depend on it. */
export type Horizon = {
  readonly history: History;
  /** Cuts decided in the history. */
  readonly decided: Epoch;
  /** The own chain's stance, entered into instance decided + 1. */
  readonly stance: Stance;
  /** Dear to answer, so it is asked only when the answer could matter. */
  readonly need: () => Need;
};

/** Doubling stops here, so that a deadline stays a sane number. */
const DOUBLINGS_MAX = 16;

/**
 * What a correct lane votes and when: the local, timed half of section 6. Everything is judged by the
 * horizon, that is by what the lane can show to the others. Nothing here is needed for safety.
 */
export class Pacemaker {
  readonly #dag: Dag;
  readonly #book: VoteBook;
  readonly #rules: ConsensusRules;
  readonly #policy: PacemakerPolicy;
  readonly #lane: LaneId;
  readonly #f: number;
  #lastCutMs: number;
  #epoch: Epoch = 1;
  /** The view whose timer runs, null if none does. */
  #armed: { readonly view: View; readonly deadlineMs: number } | null = null;
  #dueMs: number | null = null;

  constructor(
    parts: { dag: Dag; book: VoteBook; rules: ConsensusRules; policy: PacemakerPolicy },
    lane: LaneId,
  ) {
    this.#dag = parts.dag;
    this.#book = parts.book;
    this.#rules = parts.rules;
    this.#policy = parts.policy;
    this.#lane = lane;
    this.#f = faultsOf(parts.dag.n);
    this.#lastCutMs = Number.NEGATIVE_INFINITY;
  }

  /** When `votes` may have something new to say though nothing arrives; null if never. */
  get wakeAtMs(): number | null {
    if (this.#armed === null) return this.#dueMs;
    return Math.min(this.#armed.deadlineMs, this.#dueMs ?? Number.POSITIVE_INFINITY);
  }

  /** The votes of section 6 that the next own block should carry. */
  votes(horizon: Horizon, nowMs: number): Vote[] {
    const { epoch } = horizon.stance;
    if (epoch !== this.#epoch) this.#enter(epoch, nowMs);
    const asks = this.#asksForCut(horizon.stance);
    const due = this.#othersEnd(horizon) || (asks && this.#isDue(horizon, nowMs));
    this.#arm(horizon, due, nowMs);
    const votes: Vote[] = [];
    let { stance } = horizon;
    if (this.#rules.isStop(epoch) && !stance.ended && (due || this.#armed !== null)) {
      votes.push({ kind: 'end', epoch });
    }
    const wanted = this.#wantedView(horizon, nowMs);
    if (wanted > stance.view) {
      votes.push({ kind: 'viewchange', epoch, view: wanted });
      stance = { ...stance, view: wanted, proposed: false, prepared: false, committed: false };
    }
    if (this.#mayPropose(stance, horizon, votes, due)) {
      votes.push({ kind: 'propose', epoch, view: stance.view });
    }
    const proposal = this.#book.proposal(epoch, stance.view, horizon.history);
    if (proposal === 0) return votes;
    const block = refOf(this.#dag.block(proposal));
    if (!stance.prepared) votes.push({ kind: 'prepare', epoch, view: stance.view, block });
    if (!stance.committed && this.#isPrepared(stance, proposal, horizon.history, votes)) {
      votes.push({ kind: 'commit', epoch, view: stance.view, block });
    }
    return votes;
  }

  /** Before a stop cut: does some correct lane say END? Then it is due, though this lane's clock says not yet. */
  #othersEnd({ stance, history }: Horizon): boolean {
    const { epoch } = stance;
    return this.#rules.isStop(epoch) && this.#book.countEnds(epoch, history, null) > this.#f;
  }

  #enter(epoch: Epoch, nowMs: number): void {
    this.#epoch = epoch;
    this.#lastCutMs = nowMs;
    this.#armed = null;
  }

  /** Could a cut that is due now make this lane propose, or start its timer? */
  #asksForCut({ epoch, view, proposed }: Stance): boolean {
    this.#dueMs = null;
    if (view > 0) return false;
    const leads = !proposed && this.#rules.leader(epoch, view) === this.#lane;
    return leads || this.#armed === null;
  }

  #isDue(horizon: Horizon, nowMs: number): boolean {
    const { minEpochIntervalMs, epochIntervalMs } = this.#policy;
    let dueMs = this.#lastCutMs + minEpochIntervalMs;
    if (nowMs >= dueMs) {
      const need = horizon.need();
      if (need === 'none') return false;
      if (need === 'checkpoint') dueMs = this.#lastCutMs + epochIntervalMs;
      if (nowMs >= dueMs) return true;
    }
    this.#dueMs = dueMs;
    return false;
  }

  #arm({ history, stance }: Horizon, due: boolean, nowMs: number): void {
    if (this.#armed?.view === stance.view) return;
    this.#armed = null;
    const { epoch, view } = stance;
    const asked = view === 0 || this.#quorumAsks(epoch, view, history);
    if (!asked || (view === 0 && !due)) return;
    const timeoutMs = this.#policy.viewTimeoutMs * 2 ** Math.min(view, DOUBLINGS_MAX);
    this.#armed = { view, deadlineMs: nowMs + timeoutMs };
  }

  #wantedView({ history, stance }: Horizon, nowMs: number): View {
    const asked = this.#book.viewsAskedFor(stance.epoch, history);
    asked[this.#lane] = 0;
    const joined = viewReached(asked, this.#f + 1);
    const expired = this.#armed !== null && nowMs >= this.#armed.deadlineMs;
    return Math.max(joined, expired ? stance.view + 1 : 0);
  }

  #mayPropose(stance: Stance, horizon: Horizon, votes: readonly Vote[], due: boolean): boolean {
    const { epoch, view, proposed } = stance;
    if (proposed || this.#rules.leader(epoch, view) !== this.#lane) return false;
    const own = { lane: this.#lane, votes };
    if (this.#rules.isStop(epoch)) {
      if (this.#book.countEnds(epoch, horizon.history, own) < this.#dag.quorum) return false;
    }
    if (view === 0) return due;
    return this.#book.countViewChanges(epoch, view, horizon.history, own) >= this.#dag.quorum;
  }

  #quorumAsks(epoch: Epoch, view: View, history: History): boolean {
    return this.#book.countViewChanges(epoch, view, history, null) >= this.#dag.quorum;
  }

  #isPrepared(stance: Stance, block: NodeId, history: History, votes: readonly Vote[]): boolean {
    const own = { lane: this.#lane, votes };
    return this.#book.isPrepared(stance.epoch, stance.view, block, history, own);
  }
}
