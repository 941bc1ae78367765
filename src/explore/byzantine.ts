import { forgeBlock } from '../sim/byzantine/forge.ts';
import { defined } from '../std/assert.ts';
import { type BlockRef, refOf, type Vote } from '../types/block.ts';
import type { LaneId } from '../types/ids.ts';
import { isReactive, type MenuBlock, type MenuVote } from './scope.ts';
import type { BlockId, KnownBlock, Universe } from './universe.ts';

/** What the Byzantine lane has made of the blocks that wait for a moment; the others are there from the start. */
export type Hand = { readonly made: readonly BlockId[]; readonly left: readonly MenuBlock[] };

/** The Byzantine lane: makes the blocks of its menu, with its real key. */
export class Byzantine {
  readonly lane: LaneId;
  /** Blocks that do not depend on the moment at which they are made. */
  readonly opening: BlockId[] = [];
  readonly hands: Hand[] = [];
  readonly #universe: Universe;
  readonly #named: Map<string, BlockId>;
  readonly #byKey = new Map<string, number>();

  /** `named`: blocks that exist before the exploration begins; more come as they are made. */
  constructor(universe: Universe, lane: LaneId, named: Map<string, BlockId>) {
    this.#universe = universe;
    this.lane = lane;
    this.#named = named;
    this.#hand({ made: [], left: this.#menu.filter(isReactive) });
  }

  get #menu(): readonly MenuBlock[] {
    return this.#universe.scope.byzantine?.menu ?? [];
  }

  /** Makes the blocks of the opening for which everything that they name is there. */
  open(): void {
    for (const block of this.#menu) {
      const { name, on, refs, votes = [] } = block;
      if (isReactive(block) || this.#named.has(name)) continue;
      const targets = votes.flatMap((vote) => ('of' in vote ? [vote.of] : []));
      const needs = [...(on === null ? [] : [on]), ...refs, ...targets];
      if (!needs.every((need) => this.#named.has(need))) continue;
      const { id } = this.#make(block, (need) => this.#named.get(need));
      this.opening.push(id);
      this.#named.set(name, id);
    }
  }

  /** The hands after making one more block; `newest`: the last own block of a correct lane, if it has one. */
  after(hand: number, newest: (lane: LaneId) => BlockId | undefined): number[] {
    const { made, left } = this.hands[hand] as Hand;
    const byName = (name: string): BlockId | undefined => {
      if (name.startsWith('*')) return newest(Number(name.slice(1)));
      return this.#named.get(name) ?? made.find((id) => this.#universe.at(id).name === name);
    };
    const next: number[] = [];
    for (const menuBlock of left) {
      const needs = [...(menuBlock.on === null ? [] : [menuBlock.on]), ...menuBlock.refs];
      if (needs.some((name) => byName(name) === undefined)) continue;
      const { id } = this.#make(menuBlock, byName);
      next.push(
        this.#hand({ made: [...made, id], left: left.filter((other) => other !== menuBlock) }),
      );
    }
    return next;
  }

  #hand(hand: Hand): number {
    const key = [...hand.made].sort((a, b) => a - b).join();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.hands.push(hand);
    this.#byKey.set(key, this.hands.length - 1);
    return this.hands.length - 1;
  }

  #make(menuBlock: MenuBlock, byName: (name: string) => BlockId | undefined): KnownBlock {
    const universe = this.#universe;
    const find = (name: string): KnownBlock =>
      universe.at(defined(byName(name), `a block ${name}`));
    const { name, on, refs, payments, votes = [] } = menuBlock;
    const prev = on === null ? null : find(on).block;
    const { ledgerId } = universe.stage;
    const named = refs.map((ref) => find(ref).block);
    const plan = {
      ledgerId,
      lane: this.lane,
      seq: (prev?.header.seq ?? 0) + 1,
      prev: prev?.digest ?? ledgerId,
      epoch: 0,
      timeMs: 0,
      refs: named.map(refOf),
      txs: payments.map((payment) => universe.payment(payment)),
      votes: votes.map((vote) => toVote(vote, (of) => refOf(find(of).block))),
    };
    return universe.intern(forgeBlock(plan, universe.signer(this.lane)), name);
  }
}

function toVote(vote: MenuVote, ref: (name: string) => BlockRef): Vote {
  if (!('of' in vote)) return vote;
  const { kind, epoch, view, of } = vote;
  return { kind, epoch, view, block: ref(of) };
}
