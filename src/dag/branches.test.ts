import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { createPrng } from '../std/prng.ts';
import type { NodeId } from '../types/dag.ts';
import { Branches } from './branches.ts';

type Linked = { readonly id: NodeId; readonly seq: number; readonly prev: NodeId };

/** A lane that grows block by block; where it is looked at is counted. */
class Lane {
  readonly blocks: Linked[] = [];
  branches = new Branches();
  looks = 0;

  get last(): Linked | undefined {
    return this.blocks.at(-1);
  }

  node(id: NodeId): Linked {
    this.looks++;
    return this.blocks[id - 1] as Linked;
  }

  at(seq: number): NodeId[] {
    return this.blocks.filter((block) => block.seq === seq).map(({ id }) => id);
  }

  grow(after: Linked | undefined): Linked {
    const seq = (after?.seq ?? 0) + 1;
    const block = { id: this.blocks.length + 1, seq, prev: after?.id ?? 0 };
    this.branches.add(block, this.at(seq), (id) => this.node(id));
    this.blocks.push(block);
    return block;
  }

  find(tip: Linked, seq: number): NodeId {
    return this.branches.find(tip.id, seq, this.at(seq), (id) => this.node(id));
  }

  /** By the definition. */
  walk(tip: Linked, seq: number): NodeId {
    let block = tip;
    while (block.seq > seq) block = this.blocks[block.prev - 1] as Linked;
    return block.id;
  }

  /** The same, continued from what was saved of it. */
  resume(): void {
    const writer = new Writer();
    this.branches.save(writer);
    const branches = new Branches();
    const read = decode(writer.finish(), (reader) => branches.load(reader));
    assert.ok(read.ok);
    this.branches = branches;
  }
}

describe('2.5: the branches of a lane that forks', () => {
  it('say of each block which ones are before it, wherever branches begin, also after a savepoint', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const prng = createPrng(seed);
      const lane = new Lane();
      for (let i = 0; i < 40; i++) {
        lane.grow(prng.chance(0.3) ? prng.pick([undefined, ...lane.blocks]) : lane.last);
        if (i === 20) lane.resume();
      }
      for (const tip of lane.blocks) {
        for (let seq = 1; seq <= tip.seq; seq++) {
          assert.equal(lane.find(tip, seq), lane.walk(tip, seq), `seed ${seed}`);
        }
      }
    }
  });

  it('cost no walk: neither down a long lane that forks late far below, nor down two long branches', () => {
    const lane = new Lane();
    const root = lane.grow(undefined);
    let first = root;
    for (let i = 0; i < 500; i++) first = lane.grow(first);
    let second = root;
    for (let i = 0; i < 500; i++) second = lane.grow(second);
    lane.looks = 0;
    for (const tip of [first, second]) {
      for (const seq of [2, 100, 500]) assert.equal(lane.find(tip, seq), lane.walk(tip, seq));
    }
    assert.ok(lane.looks <= 12, `${lane.looks} looks`);
  });
});
