import assert from 'node:assert/strict';
import type { Policy } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import type { Block, Vote } from '../../src/types/block.ts';
import type { Params } from '../../src/types/genesis.ts';
import type { LaneId } from '../../src/types/ids.ts';
import type { Transaction } from '../../src/types/transaction.ts';
import { cast, propose } from '../consensus/judged-votes.ts';
import { LoneReplica } from './lone-replica.ts';

const OTHERS = [1, 2, 3] as const;

/** It may speak. */
export function speaking(params: Partial<Params> = {}, policy: Partial<Policy> = {}): LoneReplica {
  const lone = new LoneReplica(params, policy);
  for (const lane of [1, 2]) lone.hear({ kind: 'lane', lane });
  return lone;
}

type Words = Parameters<LoneReplica['block']>[1];

/** The three other lanes, which name each other's last blocks. */
export class OtherLanes {
  readonly #lone: LoneReplica;
  readonly #heads = new Map<LaneId, Block>();
  #epoch = 0;

  constructor(lone: LoneReplica) {
    this.#lone = lone;
  }

  /** The next block of one of them, which nobody has seen yet. */
  next(lane: LaneId, words: Words = {}): Block {
    const refs = [...this.#heads.values()].filter(({ header }) => header.lane !== lane);
    const header = { epoch: this.#epoch, timeMs: this.#lone.cluster.now };
    const prev = this.#heads.get(lane);
    return this.#lone.block(lane, { refs, header, ...(prev && { prev }), ...words });
  }

  /** The last block of one of them. */
  head(lane: LaneId): Block {
    return defined(this.#heads.get(lane), 'it has spoken');
  }

  says(...blocks: readonly Block[]): void {
    for (const block of blocks) {
      assert.equal(this.#lone.judge(block), 'ok');
      this.#heads.set(block.header.lane, block);
    }
  }

  /** Each says a block at once; lane 1 with the first transactions, and so on. */
  speak(txs: readonly (readonly Transaction[])[] = [], votes: readonly Vote[] = []): void {
    this.says(...OTHERS.map((lane, i) => this.next(lane, { votes, txs: txs[i] ?? [] })));
  }

  /** They decide the cut of epoch 1, the next block of lane 1. */
  decide(): void {
    const cut = this.next(1, { votes: [propose()] });
    this.says(cut);
    this.speak();
    for (const kind of ['prepare', 'commit'] as const) this.speak([], [cast(kind, cut)]);
    this.#epoch = 1;
  }
}

/** A payment is in the cut of epoch 1, which lane 0 has applied. */
export function afterCut() {
  const lone = speaking();
  const others = new OtherLanes(lone);
  const tx = lone.pay(0);
  others.speak([[tx]]);
  for (let more = 0; more < 2; more++) others.speak();
  others.decide();
  return { lone, others, tx };
}
