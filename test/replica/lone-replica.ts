import assert from 'node:assert/strict';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Effects, Input, PeerId } from '../../src/replica/effects.ts';
import { openBlock } from '../../src/replica/ingress.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/replica/replica-options.ts';
import { type BlockPlan, forgeBlock } from '../../src/sim/byzantine/forge.ts';
import { defined } from '../../src/std/assert.ts';
import { type Block, type BlockHeader, refOf } from '../../src/types/block.ts';
import type { Params } from '../../src/types/genesis.ts';
import type { Digest, LaneId } from '../../src/types/ids.ts';
import type { Verified } from '../../src/types/transaction.ts';
import { lock, ReplicaCluster, secrets, verifier } from './replica-cluster.ts';

type Words = Partial<Pick<BlockPlan, 'txs' | 'votes'>> & {
  readonly prev?: Block;
  readonly refs?: readonly Block[];
  readonly header?: Partial<BlockHeader>;
};

/** Lane 0, which is told blocks of the other three lanes that are made by hand. */
export class LoneReplica {
  readonly cluster: ReplicaCluster;
  readonly #said: Block[] = [];

  constructor(params: Partial<Params> = {}, policy: Partial<Policy> = {}) {
    this.cluster = new ReplicaCluster(4, { policy: { ...DEFAULT_POLICY, ...policy } }, params);
    this.cluster.now = 10;
  }

  pay(coin: number) {
    return this.cluster.pay([this.cluster.coin(coin)], [{ amount: 9n, lock }]);
  }

  block(lane: LaneId, { prev, refs = [], txs = [], votes = [], header = {} }: Words): Block {
    const { ledgerId } = this.cluster;
    const plan = {
      ledgerId,
      lane,
      epoch: 0,
      timeMs: 10,
      votes,
      txs,
      refs: refs.map(refOf),
      seq: (prev?.header.seq ?? 0) + 1,
      prev: prev?.digest ?? (ledgerId as string as Digest),
    };
    return forgeBlock(plan, createSigner(defined(secrets[lane], 'its key')), header);
  }

  tell(block: Block): Effects {
    const from = { kind: 'lane', lane: block.header.lane } as const;
    const [opened] = this.opened(block);
    return this.step({ kind: 'block', from, block: defined(opened, 'one block') });
  }

  /** What it finds wrong with a block; `ok`: it is admitted. */
  judge(block: Block): string {
    const { rejected, persist } = this.tell(block);
    return rejected[0]?.code ?? (persist.length > 0 ? 'ok' : 'waits');
  }

  admitted(lane: LaneId, words: Words): Block {
    const block = this.block(lane, words);
    assert.equal(this.judge(block), 'ok');
    return block;
  }

  /** A peer has nothing, and says so. */
  hear(from: PeerId): void {
    const message = { kind: 'heads', generation: 0, frontier: [0, 0, 0, 0], yours: null } as const;
    this.step({ kind: 'message', from, message });
  }

  step(input: Input): Effects {
    const effects = this.cluster.step(0, input);
    for (const { to, message } of effects.send) {
      if (to === 'all' && message.kind === 'block') this.#said.push(...this.opened(message));
    }
    return effects;
  }

  /** Its own blocks since the last call, with those of so many milliseconds more. */
  said(ms = 0): Block[] {
    for (const end = this.cluster.now + ms; this.cluster.now < end; ) {
      this.cluster.now++;
      this.step({ kind: 'tick' });
    }
    return this.#said.splice(0);
  }

  /** As they come from a peer or the journal. */
  opened(...blocks: readonly Pick<Block, 'bytes'>[]): Verified<Block>[] {
    const { committee, ledgerId } = this.cluster;
    return blocks.map(({ bytes }) => {
      const opened = openBlock(bytes, committee, ledgerId, verifier);
      assert.ok(opened.ok, opened.ok ? '' : opened.error.detail);
      return opened.value;
    });
  }
}
