import type { Prng } from '../../std/prng.ts';
import type { Block, BlockHeader, Vote } from '../../types/block.ts';
import { refOf } from '../../types/block.ts';
import type { Digest, Epoch, LaneId, View } from '../../types/ids.ts';
import type { Signer } from '../../types/signature.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Wire } from '../checkers/wire.ts';
import { Bits } from '../reference/bits.ts';
import { castsIn, cutsIn, leaderOf, supported, viewIn } from '../reference/consensus.ts';
import type { Entry } from '../reference/entry.ts';
import { equivocators } from '../reference/model.ts';
import type { FaultTally } from '../world/faults.ts';
import { forgeBlock } from './forge.ts';

export type ForgeryPorts = {
  readonly lane: LaneId;
  readonly signer: Signer;
  readonly prng: Prng;
  /** It knows everything that anybody ever sent, and what is admissible. */
  readonly wire: Wire;
  readonly faults: FaultTally;
  readonly timeMs: () => number;
  readonly transactions: () => readonly Transaction[];
  readonly send: (to: LaneId, block: Uint8Array) => void;
};

/** What a block made by hand is to say; what is left open is drawn. */
export type Wish = {
  readonly prev?: Entry | null;
  readonly refs?: readonly Entry[];
  readonly txs?: readonly Transaction[];
  readonly votes?: readonly Vote[];
  /** Wrong on purpose: not held against what is admissible. */
  readonly header?: Partial<BlockHeader>;
};

/** The same with nothing drawn: what is left open is absent. */
type Forged = Wish & {
  readonly prev: Entry | null;
  readonly refs: readonly Entry[];
  readonly epoch: Epoch;
};

/** The tools of a validator that makes its blocks by hand with its real key. */
export class Forgery {
  readonly ports: ForgeryPorts;

  readonly #clings: boolean;

  constructor(ports: ForgeryPorts) {
    this.ports = ports;
    this.#clings = ports.prng.fork('clings').chance(0.15);
  }

  get others(): LaneId[] {
    const { n } = this.ports.wire.reference.model.setting;
    return [...Array(n).keys()].filter((lane) => lane !== this.ports.lane);
  }

  get sharesChecks(): boolean {
    return this.ports.wire.reference.model.setting.isWitnessed !== undefined;
  }

  /** The blocks of the lane in the generation that this validator is in. */
  entriesOf(lane: LaneId): Entry[] {
    const { entries } = this.ports.wire.reference.model;
    const { generation } = this;
    return entries.filter((entry) => entry.lane === lane && entry.generation === generation);
  }

  /** The newest one, or for a validator that clings the one in which it spoke first. */
  get generation(): number {
    const { entries, beginnings } = this.ports.wire.reference.model;
    const first = entries.find((entry) => entry.lane === this.ports.lane);
    return this.#clings && first !== undefined ? first.generation : beginnings.length - 1;
  }

  /** Cuts decided in a history of this generation. */
  decidedIn(history: Bits): readonly Entry[] {
    const { model } = this.ports.wire.reference;
    if (history.first() === undefined) return model.beginnings[this.generation]!.cuts;
    return cutsIn(model, { history });
  }

  /** The newest own block; null before the first. */
  get head(): Entry | null {
    return this.entriesOf(this.ports.lane).at(-1) ?? null;
  }

  /** The own newest block, or an older one: a fork. */
  choosePrev(): Entry | null {
    const own = this.entriesOf(this.ports.lane);
    const { prng } = this.ports;
    if (own.length === 0) return null;
    if (prng.chance(0.75)) return own.at(-1)!;
    return prng.chance(0.2) ? null : prng.pick(own);
  }

  /**
   * An admissible block as near to the wish as can be: what is refused is left out, votes first or
   * transactions first. Now and then one that is to be refused.
   */
  build(wish: Wish): Block | undefined {
    const { wire, prng } = this.ports;
    const prev = wish.prev === undefined ? this.choosePrev() : wish.prev;
    const refs = this.#fit(prev, wish.refs ?? this.chooseRefs());
    const history = union(prev, refs);
    const epoch = this.decidedIn(history).length;
    const txs = wish.txs ?? this.chooseTransactions();
    const votes = wish.votes ?? this.chooseVotes(prev, history, epoch);
    const attempts: [readonly Vote[], readonly Transaction[]][] = [
      [votes, txs],
      [votes, []],
      [[], txs],
      [[], []],
    ];
    for (const [someVotes, someTxs] of attempts) {
      for (const guess of prng.chance(0.5) ? [epoch, epoch + 1] : [epoch + 1, epoch]) {
        const block = this.forge({ prev, refs, epoch: guess, txs: someTxs, votes: someVotes });
        const answer = wire.reference.admit(block);
        if (answer.kind === 'admitted') return block;
        // Whoever judges context by more than the block's history takes what is to be refused.
        const contextual = answer.kind === 'refused' && answer.code === 'unknown-parent';
        if (prng.chance(contextual ? 0.5 : 0.1)) return block;
      }
    }
    return undefined;
  }

  /** Signed, whatever is wrong with it. */
  forge({ prev, refs, epoch, txs = [], votes = [], header = {} }: Forged): Block {
    const { lane, signer, timeMs, wire, prng, faults } = this.ports;
    faults.forged++;
    const nowMs = timeMs() + (prng.chance(0.3) ? prng.below(500) : 0);
    const { setting, beginnings } = wire.reference.model;
    const { generation } = this;
    const plan = {
      ledgerId: setting.ledgerId,
      lane,
      generation,
      seq: (prev?.seq ?? 0) + 1,
      prev: prev?.digest ?? beginnings[generation]!.digest,
      epoch,
      timeMs: Math.max(nowMs, prev?.block.header.timeMs ?? 0),
      refs: refs.map((entry) => refOf(entry.block)),
      txs,
      votes,
    };
    return forgeBlock(plan, signer, header);
  }

  /** Two blocks with one prev, each shown to one half. */
  fork(first: Block | undefined, second: Block | undefined): void {
    const everybody = this.ports.prng.shuffled(this.others);
    const middle = this.ports.prng.between(1, everybody.length);
    if (first !== undefined) this.show(first, everybody.slice(0, middle));
    if (second !== undefined) this.show(second, everybody.slice(middle));
    if (first !== undefined && second !== undefined) this.ports.faults.forks++;
  }

  show(block: Block, lanes: readonly LaneId[]): void {
    for (const lane of lanes) this.ports.send(lane, block.bytes);
  }

  /** New blocks of some lanes, old ones of others. */
  chooseRefs(): Entry[] {
    const { prng } = this.ports;
    const refs: Entry[] = [];
    for (const lane of this.others) {
      const known = this.entriesOf(lane);
      if (known.length === 0 || !prng.chance(0.8)) continue;
      refs.push(prng.chance(0.7) ? known.at(-1)! : prng.pick(known));
    }
    return refs;
  }

  chooseTransactions(): Transaction[] {
    const { prng, transactions } = this.ports;
    const known = transactions();
    if (known.length === 0 || prng.chance(0.5)) return [];
    return prng.shuffled(known).slice(0, prng.between(1, 2));
  }

  chooseVotes(prev: Entry | null, history: Bits, decided: Epoch): Vote[] {
    const { prng } = this.ports;
    const epoch = decided + 1;
    let view = this.viewOf(prev, history, epoch);
    const votes: Vote[] = [];
    if (this.endsIn(prev, epoch)) votes.push({ kind: 'end', epoch });
    if (prng.chance(0.1)) {
      view += prng.between(1, 2);
      votes.push({ kind: 'viewchange', epoch, view });
    }
    if (prng.chance(0.7) && this.leads(history, epoch, view)) {
      votes.push({ kind: 'propose', epoch, view });
    }
    votes.push(...this.support(history, epoch, view));
    if (decided > 0 && prng.chance(0.1)) votes.push(this.falseCheckpoint(decided));
    return votes.filter(() => prng.chance(0.9));
  }

  /** May the chain say END? */
  endsIn(prev: Entry | null, epoch: Epoch): boolean {
    return this.ports.wire.reference.model.isStop(epoch) && prev?.ended !== true;
  }

  viewOf(prev: Entry | null, history: Bits, epoch: Epoch): View {
    const { model } = this.ports.wire.reference;
    return prev === null ? 0 : viewIn(model, { history }, prev, epoch);
  }

  leads(history: Bits, epoch: Epoch, view: View): boolean {
    const { model } = this.ports.wire.reference;
    return leaderOf(model, this.decidedIn(history), epoch, view) === this.ports.lane;
  }

  /** PREPARE for some proposal, COMMIT for what is prepared. */
  support(history: Bits, epoch: Epoch, view: View): Vote[] {
    const { prng, wire } = this.ports;
    const { model } = wire.reference;
    const proposals = castsIn(model, { history }, epoch, 'propose').filter(
      ({ vote }) => vote.kind === 'propose' && vote.view === view,
    );
    const votes: Vote[] = [];
    if (proposals.length > 0) {
      const block = refOf(prng.pick(proposals).at.block);
      if (prng.chance(0.6)) votes.push({ kind: 'prepare', epoch, view, block });
    }
    const prepared = supported(model, { history }, epoch, 'prepare').find((p) => p.view === view);
    if (prepared !== undefined && prng.chance(0.7)) {
      votes.push({ kind: 'commit', epoch, view, block: refOf(prepared.block.block) });
    }
    return votes;
  }

  falseCheckpoint(epoch: Epoch): Vote {
    const checkpoint = this.randomDigest();
    const signature = this.ports.signer.sign(checkpoint);
    return { kind: 'checkpoint', epoch, checkpoint, signature };
  }

  randomDigest(): Digest {
    const bytes = [...this.ports.prng.bytes(32)];
    return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('') as Digest;
  }

  /** Without the blocks of lanes that fork in what results. */
  #fit(prev: Entry | null, wanted: readonly Entry[]): Entry[] {
    let refs = [...wanted];
    for (;;) {
      const forked = equivocators(this.ports.wire.reference.model, union(prev, refs));
      const left = refs.filter((ref) => !forked.has(ref.lane));
      if (left.length === refs.length) return refs;
      refs = left;
    }
  }
}

export function union(prev: Entry | null, refs: readonly Entry[]): Bits {
  const history = new Bits();
  for (const entry of prev === null ? refs : [prev, ...refs]) history.addAll(entry.history);
  return history;
}
