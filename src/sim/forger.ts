import type { Prng } from '../std/prng.ts';
import type { Block, BlockHeader, Vote } from '../types/block.ts';
import { refOf } from '../types/block.ts';
import type { Digest, Epoch, LaneId, View } from '../types/ids.ts';
import type { Signer } from '../types/signature.ts';
import type { Transaction } from '../types/transaction.ts';
import type { Wire } from './checkers/wire.ts';
import { forgeBlock } from './forge.ts';
import { Bits } from './reference/bits.ts';
import { castsIn, cutsIn, leaderOf, supported, viewIn } from './reference/consensus.ts';
import { type Entry, equivocators } from './reference/model.ts';

export type ForgerPorts = {
  readonly lane: LaneId;
  readonly signer: Signer;
  readonly prng: Prng;
  /** It knows everything that anybody ever sent, and what is admissible. */
  readonly wire: Wire;
  readonly timeMs: () => number;
  readonly transactions: () => readonly Transaction[];
  readonly send: (to: LaneId, block: Uint8Array) => void;
};

/** So many blocks keep a run small. */
const BLOCKS_MAX = 60;

/**
 * A Byzantine validator without any protocol: blocks made by hand with its real key. It forks its lane,
 * shows each branch to whom it likes, acks what it likes, votes as it likes; mostly admissible, since what
 * is not does no harm.
 */
export class Forger {
  readonly #ports: ForgerPorts;
  #made = 0;

  constructor(ports: ForgerPorts) {
    this.#ports = ports;
  }

  act(): void {
    const { prng } = this.#ports;
    if (this.#made >= BLOCKS_MAX) return;
    const deed = prng.float();
    if (deed < 0.1) this.#sendInvalid();
    else if (deed < 0.2) this.#sendOld();
    else this.#extend();
  }

  /** Somebody asks for blocks by name. */
  asked(by: LaneId, digests: readonly Digest[]): void {
    const { wire, prng, send } = this.#ports;
    for (const digest of digests) {
      const entry = wire.reference.model.byDigest.get(digest);
      if (entry !== undefined && prng.chance(0.8)) send(by, entry.block.bytes);
    }
  }

  #extend(): void {
    const { prng } = this.#ports;
    const prev = this.#choosePrev();
    const first = this.#build(prev);
    if (first === undefined) return;
    const everybody = prng.shuffled(this.#others());
    if (!prng.chance(0.4)) {
      const some = prng.chance(0.5) ? everybody.length : prng.between(1, everybody.length);
      this.#show(first, everybody.slice(0, some));
      return;
    }
    const second = this.#build(prev);
    const middle = prng.between(1, everybody.length);
    this.#show(first, everybody.slice(0, middle));
    if (second !== undefined) this.#show(second, everybody.slice(middle));
  }

  /** Its newest block, or an older one: a fork. */
  #choosePrev(): Entry | null {
    const own = this.#entriesOf(this.#ports.lane);
    const { prng } = this.#ports;
    if (own.length === 0) return null;
    if (prng.chance(0.75)) return own.at(-1)!;
    return prng.chance(0.2) ? null : prng.pick(own);
  }

  #build(prev: Entry | null): Block | undefined {
    const { wire, prng } = this.#ports;
    const refs = this.#chooseRefs(prev);
    const history = union(prev, refs);
    const epoch = cutsIn(wire.reference.model, { history }).length;
    const txs = this.#chooseTransactions();
    const votes = this.#chooseVotes(prev, history, epoch);
    const attempts: [Vote[], Transaction[]][] = [
      [votes, txs],
      [votes, []],
      [[], txs],
      [[], []],
    ];
    for (const [someVotes, someTxs] of attempts) {
      for (const guess of prng.chance(0.5) ? [epoch, epoch + 1] : [epoch + 1, epoch]) {
        const block = this.#forge(prev, refs, guess, someTxs, someVotes);
        const answer = wire.reference.admit(block);
        if (answer.kind === 'admitted') return block;
        // Whoever judges context by more than the block's history takes what is to be refused.
        const contextual = answer.kind === 'refused' && answer.code === 'unknown-parent';
        if (prng.chance(contextual ? 0.5 : 0.1)) return block;
      }
    }
    return undefined;
  }

  #forge(
    prev: Entry | null,
    refs: readonly Entry[],
    epoch: Epoch,
    txs: readonly Transaction[],
    votes: readonly Vote[],
    overrides: Partial<BlockHeader> = {},
  ): Block {
    const { lane, signer, timeMs, wire } = this.#ports;
    this.#made++;
    const nowMs = timeMs() + (this.#ports.prng.chance(0.3) ? this.#ports.prng.below(500) : 0);
    const plan = {
      ledgerId: wire.reference.model.setting.ledgerId,
      lane,
      seq: (prev?.seq ?? 0) + 1,
      prev: prev?.digest ?? wire.reference.model.setting.ledgerId,
      epoch,
      timeMs: Math.max(nowMs, prev?.block.header.timeMs ?? 0),
      refs: refs.map((entry) => refOf(entry.block)),
      txs,
      votes,
    };
    return forgeBlock(plan, signer, overrides);
  }

  /** New blocks of some lanes, old ones of others; none of a lane that forks in what results. */
  #chooseRefs(prev: Entry | null): Entry[] {
    const { prng, wire } = this.#ports;
    let refs: Entry[] = [];
    for (const lane of this.#others()) {
      const known = this.#entriesOf(lane);
      if (known.length === 0 || !prng.chance(0.8)) continue;
      refs.push(prng.chance(0.7) ? known.at(-1)! : prng.pick(known));
    }
    for (;;) {
      const forked = equivocators(wire.reference.model, union(prev, refs));
      const left = refs.filter((ref) => !forked.has(ref.lane));
      if (left.length === refs.length) return refs;
      refs = left;
    }
  }

  #chooseTransactions(): Transaction[] {
    const { prng, transactions } = this.#ports;
    const known = transactions();
    if (known.length === 0 || prng.chance(0.5)) return [];
    return prng.shuffled(known).slice(0, prng.between(1, 2));
  }

  #chooseVotes(prev: Entry | null, history: Bits, decided: Epoch): Vote[] {
    const { lane, prng, wire } = this.#ports;
    const { model } = wire.reference;
    const scope = { history };
    const epoch = decided + 1;
    let view = prev === null ? 0 : viewIn(model, scope, prev, epoch);
    const votes: Vote[] = [];
    if (prng.chance(0.1)) {
      view += prng.between(1, 2);
      votes.push({ kind: 'viewchange', epoch, view });
    }
    const cuts = cutsIn(model, scope);
    if (prng.chance(0.7) && leaderOf(model, cuts, epoch, view) === lane) {
      votes.push({ kind: 'propose', epoch, view });
    }
    votes.push(...this.#support(history, epoch, view));
    if (decided > 0 && prng.chance(0.1)) votes.push(this.#falseCheckpoint(decided));
    return votes.filter(() => prng.chance(0.9));
  }

  #support(history: Bits, epoch: Epoch, view: View): Vote[] {
    const { prng, wire } = this.#ports;
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

  #falseCheckpoint(epoch: Epoch): Vote {
    const { signer, prng } = this.#ports;
    const hex = [...prng.bytes(32)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const checkpoint = hex as Digest;
    return { kind: 'checkpoint', epoch, checkpoint, signature: signer.sign(checkpoint) };
  }

  #sendInvalid(): void {
    const { prng, transactions } = this.#ports;
    const prev = this.#choosePrev();
    const refs = this.#chooseRefs(prev);
    const header: Partial<BlockHeader> = prng.pick([
      { epoch: prng.below(9) },
      { seq: (prev?.seq ?? 0) + 2 },
      { timeMs: 0 },
      { txCount: 3 },
      { txRoot: 'f'.repeat(64) as Digest },
      { lane: (this.#ports.lane + 1) % this.#ports.wire.reference.model.setting.n },
    ]);
    const everything = transactions().slice(0, prng.below(6));
    const leap: Vote = { kind: 'propose', epoch: 1, view: prng.below(3) };
    const votes = prng.chance(0.3) ? [leap, leap] : [];
    const block = this.#forge(prev, refs, 0, prng.chance(0.5) ? everything : [], votes, header);
    this.#show(block, prng.shuffled(this.#others()).slice(0, 2));
  }

  #sendOld(): void {
    const own = this.#entriesOf(this.#ports.lane);
    if (own.length === 0) return;
    this.#show(this.#ports.prng.pick(own).block, [this.#ports.prng.pick(this.#others())]);
  }

  #show(block: Block, lanes: readonly LaneId[]): void {
    for (const lane of lanes) this.#ports.send(lane, block.bytes);
  }

  #entriesOf(lane: LaneId): Entry[] {
    return this.#ports.wire.reference.model.entries.filter((entry) => entry.lane === lane);
  }

  #others(): LaneId[] {
    const { n } = this.#ports.wire.reference.model.setting;
    return [...Array(n).keys()].filter((lane) => lane !== this.#ports.lane);
  }
}

function union(prev: Entry | null, refs: readonly Entry[]): Bits {
  const history = new Bits();
  for (const entry of prev === null ? refs : [prev, ...refs]) history.addAll(entry.history);
  return history;
}
