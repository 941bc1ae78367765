import { decodeBlock } from '../codec/block.ts';
import type { Committee } from '../committee/committee.ts';
import type { Core } from '../replica/core.ts';
import type { Effects, Input } from '../replica/effects.ts';
import { Replica } from '../replica/replica.ts';
import type { ReplicaOptions } from '../replica/replica-options.ts';
import { Disk } from '../sim/host/disk.ts';
import { mockSigner } from '../sim/world/mock-signatures.ts';
import { defined } from '../std/assert.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { Block } from '../types/block.ts';
import type { LaneId } from '../types/ids.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { type KnownBlock, type Universe, VIEW_TIMEOUT_MS } from './universe.ts';

/** A bug planted into every correct validator. */
export type Tampering = Pick<ReplicaOptions, 'tamper'> & {
  readonly committee?: (committee: Committee) => Committee;
};

/** What one input did. */
export type Reaction = {
  /** The own block that was made, if one was. */
  readonly made: Block | null;
  /** Blocks that were refused. */
  readonly refused: number;
  /** The replica threw, or asked to halt. */
  readonly failure: string | null;
};

/** One real replica, driven input by input; its own clock moves only when it is told to. */
export class Instance {
  readonly replica: Replica;
  readonly #universe: Universe;
  readonly #lane: LaneId;
  #core: Core | null = null;
  #nowMs = 0;
  #failure: string | null = null;

  constructor(universe: Universe, lane: LaneId, tampering: Tampering) {
    const { genesis, ledgerId, committee, scenario } = universe.stage;
    this.#universe = universe;
    this.#lane = lane;
    this.replica = new Replica({
      genesis,
      ledgerId,
      committee: tampering.committee?.(committee) ?? committee,
      lane,
      signer: mockSigner(committee.publicKey(lane)),
      store: new MemoryStore(),
      archive: new Disk(),
      policy: scenario.policy,
      tamper: (core) => {
        this.#core = core;
        tampering.tamper?.(core);
      },
    });
    this.#open();
  }

  get core(): Core {
    return defined(this.#core, 'the hook was called');
  }

  /** A client's transaction; no own block is made yet. */
  submit(tx: Verified<Transaction>): Reaction {
    return this.#step({ kind: 'submit', tx }, true);
  }

  /** A block arrives; no own block is made yet, since more may be at hand. */
  take({ block, lane }: KnownBlock): Reaction {
    return this.#step({ kind: 'block', from: { kind: 'lane', lane }, block }, true);
  }

  /** The replica makes its next own block, if it has something to say. */
  produce(): Reaction {
    this.#nowMs += 1;
    return this.#step({ kind: 'tick' }, false);
  }

  /**
   * So much time passes that the timer of the current view has expired: `made` is the block that says so. A
   * timer that does not run yet is started by a first look, unless that makes another block: then
   * nothing is made of it, since making that block is a move of its own.
   */
  expire(): Reaction {
    const first = this.#jump();
    if (first.failure !== null || asksForView(first)) return first;
    const second = first.made === null ? this.#jump() : first;
    return asksForView(second) ? second : { ...second, made: null };
  }

  #jump(): Reaction {
    const { view } = this.replica.progress();
    this.#nowMs += 2 * VIEW_TIMEOUT_MS * 2 ** view;
    return this.#step({ kind: 'tick' }, false);
  }

  /** It speaks once a quorum has told what it holds of its lane: nothing. */
  #open(): void {
    const frontier = new Array<number>(this.#universe.n).fill(0);
    for (let lane = 0; lane < this.#universe.n; lane++) {
      if (lane === this.#lane) continue;
      const message = { kind: 'heads', generation: 0, frontier, yours: null } as const;
      this.#step({ kind: 'message', from: { kind: 'lane', lane }, message }, false);
    }
  }

  #step(input: Input, more: boolean): Reaction {
    if (this.#failure !== null) return { made: null, refused: 0, failure: this.#failure };
    let effects: Effects;
    try {
      effects = this.replica.step(this.#nowMs, input, more);
    } catch (cause) {
      this.#failure = cause instanceof Error ? cause.message : 'it threw';
      return { made: null, refused: 0, failure: this.#failure };
    }
    const { halt, rejected } = effects;
    if (halt !== null) this.#failure = `halt: ${halt.code}, ${halt.detail}`;
    return { made: madeBy(effects), refused: rejected.length, failure: this.#failure };
  }
}

function asksForView({ made }: Reaction): boolean {
  return made?.votes.some((vote) => vote.kind === 'viewchange') ?? false;
}

function madeBy(effects: Effects): Block | null {
  for (const { message } of effects.send) {
    if (message.kind !== 'block') continue;
    const decoded = decodeBlock(message.bytes);
    if (decoded.ok) return decoded.value;
  }
  return null;
}
