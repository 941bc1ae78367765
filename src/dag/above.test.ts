import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { createPrng } from '../std/prng.ts';
import type { Block } from '../types/block.ts';
import type { Dag } from '../types/dag.ts';
import { blocksAbove } from './above.ts';

const LANES = [0, 1, 2, 3];

describe('2.9: blocks above a frontier', () => {
  it('come in the order of admission, all branches of them', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const prng = createPrng(seed);
      const drawn = new DrawnGraph();
      const blocks: Block[] = [];
      for (let i = 0; i < 60; i++) {
        const lane = prng.pick(LANES);
        const own = blocks.filter(({ header }) => header.lane === lane);
        const forks = prng.chance(0.2) && own.length > 0;
        blocks.push(drawn.draw(lane, forks ? { prev: prng.pick(own) } : {}));
      }
      const { graph } = drawn;
      const frontier = LANES.map(() => prng.below(20));
      const all = Array.from({ length: graph.size }, (_, i) => i + 1);
      const expected = all.filter((id) => graph.node(id).seq > frontier[graph.node(id).lane]!);
      assert.deepEqual([...blocksAbove(graph, frontier)], expected, `seed ${seed}`);
    }
  });

  it('of a lane that fell silent long ago are found without looking at what came since', () => {
    const drawn = new DrawnGraph();
    const old = drawn.draw(3);
    for (let i = 0; i < 200; i++) for (const lane of [0, 1, 2]) drawn.draw(lane);
    const { graph } = drawn;
    let looks = 0;
    const counted: Pick<Dag, 'n' | 'node' | 'at'> = {
      n: graph.n,
      at: (lane, seq) => graph.at(lane, seq),
      node: (id) => {
        looks++;
        return graph.node(id);
      },
    };
    const have = [200, 200, 200, 0];
    assert.deepEqual([...blocksAbove(counted, have)], [drawn.id(old)]);
    assert.ok(looks < 5, `${looks} blocks looked at`);
  });
});
