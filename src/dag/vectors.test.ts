import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { createPrng } from '../std/prng.ts';
import type { Block } from '../types/block.ts';
import type { DagNode, History } from '../types/dag.ts';

const LANES = [0, 1, 2, 3];

/** Rules 3.4 and 3.5 word for word: a lane's row is that of its last block, or the best of its branches. */
function defined(drawn: DrawnGraph, history: History, field: 'frontier' | 'certified'): number[] {
  const rows = LANES.map((lane) =>
    drawn.graph.branchTips(history, lane).map((tip) => drawn.graph.node(tip)[field]),
  );
  return LANES.map((lane) => {
    const column = rows.map((row) => Math.max(0, ...row.map((vector) => vector[lane] as number)));
    return column.toSorted((a, b) => b - a)[drawn.graph.quorum - 1] as number;
  });
}

function isOfDefinition(drawn: DrawnGraph, history: History): void {
  assert.deepEqual([...history.certified], defined(drawn, history, 'frontier'));
  assert.deepEqual([...history.settled], defined(drawn, history, 'certified'));
}

describe('3.4: what is certified and settled', () => {
  it('is what Q lanes have, and what Q lanes have so', () => {
    const drawn = new DrawnGraph();
    const node = (block: Block): DagNode => drawn.graph.node(drawn.id(block));
    const vectors = (block: Block) => [...node(block).certified, ...node(block).settled];
    const first = drawn.draw(0);
    const one = drawn.draw(1, { refs: [first] });
    assert.deepEqual(vectors(one), [0, 0, 0, 0, 0, 0, 0, 0], 'two lanes have it');
    const two = drawn.draw(2, { refs: [one] });
    assert.deepEqual(vectors(two), [1, 0, 0, 0, 0, 0, 0, 0], 'the third, its own block counted');
    const three = drawn.draw(3, { refs: [two] });
    assert.deepEqual(vectors(three), [1, 1, 0, 0, 0, 0, 0, 0]);
    const four = drawn.draw(1, { refs: [three] });
    assert.deepEqual(vectors(four), [1, 1, 1, 0, 1, 0, 0, 0], 'lanes 2, 3 and 1 say so');
  });

  it('is that of the definition in any history, and in unions of any, forks included', () => {
    for (let seed = 0; seed < 12; seed++) {
      const prng = createPrng(`vectors ${seed}`);
      const drawn = new DrawnGraph();
      const blocks: Block[] = [];
      for (let i = 0; i < 30; i++) {
        const lane = prng.below(4);
        const own = blocks.filter(({ header }) => header.lane === lane);
        const others = LANES.filter((other) => other !== lane && prng.chance(0.6));
        const refs = others.flatMap((other) =>
          prng.shuffled(blocks.filter(({ header }) => header.lane === other)).slice(0, 1),
        );
        const forks = lane === 0 && own.length > 0 && prng.chance(0.3);
        const prev = forks ? { prev: prng.shuffled(own)[0]! } : {};
        const block = drawn.draw(lane, { refs, ...prev });
        blocks.push(block);
        isOfDefinition(drawn, drawn.history(block));
        isOfDefinition(drawn, drawn.graph.all);
        isOfDefinition(drawn, drawn.history(...prng.shuffled(blocks).slice(0, 3)));
      }
    }
  });
});
