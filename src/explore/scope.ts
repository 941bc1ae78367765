import type { Epoch, LaneId, View } from '../types/ids.ts';

/** A payment of the one owner of all outputs of genesis. */
export type Payment = {
  readonly name: string;
  /** Outputs of genesis by number, or output 0 of another payment by its name. */
  readonly spends: readonly (number | string)[];
};

/** A vote that a Byzantine block carries; `of` names the block that it votes for. */
export type MenuVote =
  | { readonly kind: 'propose' | 'viewchange'; readonly epoch: Epoch; readonly view: View }
  | {
      readonly kind: 'prepare' | 'commit';
      readonly epoch: Epoch;
      readonly view: View;
      readonly of: string;
    };

/** A block that the Byzantine lane may show to whom it likes, when it likes. */
export type MenuBlock = {
  readonly name: string;
  /** The block before it on its branch; null: it is a first block of the lane. */
  readonly on: string | null;
  /**
   * Blocks by name: `0/1` is block 1 of lane 0, `*2` the newest block of lane 2 at the moment when the
   * Byzantine lane makes this one. With such a name in it the block is made once, at any moment.
   */
  readonly refs: readonly string[];
  readonly payments: readonly string[];
  readonly votes?: readonly MenuVote[];
};

/** What a correct lane does before the exploration begins. */
export type PrefixStep = {
  readonly lane: LaneId;
  /** Blocks by name, in the order of their arrival; then the lane makes a block. */
  readonly takes: readonly string[];
  /** It makes it because the timer of its view has expired. */
  readonly expires?: true;
};

/**
 * A small world in which everything that can happen happens: every order of every delivery, every
 * moment of every own block and time-out, every choice of the Byzantine lane from its menu.
 */
export type Scope = {
  readonly name: string;
  readonly about: string;
  readonly payments: readonly Payment[];
  /** Payments that a lane proposes in its first block, before it hears of anything. */
  readonly proposes: ReadonlyMap<LaneId, readonly string[]>;
  readonly prefix: readonly PrefixStep[];
  /** Own blocks that each correct lane may make beyond those above. Lanes that are missing are silent. */
  readonly blocks: ReadonlyMap<LaneId, number>;
  /** Time-outs that may expire at each lane. */
  readonly timeouts: number;
  readonly byzantine: { readonly lane: LaneId; readonly menu: readonly MenuBlock[] } | null;
  /** Correct lanes that may be renamed into each other without changing anything. */
  readonly interchangeable: readonly LaneId[];
};

/** Does the Byzantine lane have two blocks of one seq to show? */
export function forks(scope: Scope): boolean {
  const menu = scope.byzantine?.menu ?? [];
  return menu.some((one) => menu.some((other) => other !== one && other.on === one.on));
}

export function isReactive(block: MenuBlock): boolean {
  return block.refs.some((ref) => ref.startsWith('*'));
}
