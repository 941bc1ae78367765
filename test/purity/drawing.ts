import assert from 'node:assert/strict';
import { createCommittee } from '../../src/committee/committee.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { feeTxid } from '../../src/ledger/fees.ts';
import { type Answer, Reference } from '../../src/sim/reference/admission.ts';
import { GENESIS_TX, Sketch, type Stroke, sketchSetting } from '../../src/sim/reference/sketch.ts';
import { mockKey } from '../../src/sim/world/mock-signatures.ts';
import type { Block } from '../../src/types/block.ts';
import { outpointKey } from '../../src/types/ids.ts';

export const N = 4;
export const MEMBERS = Array.from({ length: N }, (_, i) => ({
  name: `${i}`,
  publicKey: Buffer.from(mockKey(1, i)).toString('hex'),
}));
export const COMMITTEE = createCommittee(MEMBERS);
export const SETTING = sketchSetting(N, {
  payoutLocks: MEMBERS.map((_, i) => keyLock(COMMITTEE.publicKey(i))),
  feeTxid: (epoch) => feeTxid(sketchSetting(N).ledgerId, epoch),
});

assert.ok(SETTING.genesis.has(outpointKey(GENESIS_TX, 0)), 'drawn payments spend drawn outputs');

function outcome(answer: Answer): string {
  return answer.kind === 'refused' ? answer.code : answer.kind;
}

/** Blocks drawn one after the other, each held against the definitions. */
export class Drawing {
  readonly reference = new Reference(SETTING);
  readonly blocks: Block[] = [];
  readonly #sketch = new Sketch();

  draw(lane: number, stroke: Stroke = {}): Block {
    const block = this.#sketch.draw(lane, stroke);
    assert.equal(outcome(this.reference.admit(block)), 'admitted');
    this.blocks.push(block);
    return block;
  }

  /** Drawn, but not taken: what the definitions say of it. */
  last(lane: number, stroke: Stroke): { block: Block; answer: string } {
    const block = this.#sketch.draw(lane, stroke);
    return { block, answer: outcome(this.reference.admit(block)) };
  }

  round(lanes: readonly number[], refs: readonly Block[], stroke: Stroke = {}): Block[] {
    return lanes.map((lane) => {
      return this.draw(lane, { ...stroke, refs: refs.filter((ref) => ref.header.lane !== lane) });
    });
  }
}
