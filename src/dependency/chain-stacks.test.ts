import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph, MapTable } from '../../test/dag/drawn-graph.ts';
import { GENESIS_TX, named } from '../sim/reference/sketch.ts';
import { outpointKey, type TxId } from '../types/ids.ts';
import { ChainStacks } from './chain-stacks.ts';

const OUTPUT = outpointKey(GENESIS_TX, 0);
const [A, B, C] = ['a', 'b', 'c'].map((name) => named(name) as TxId) as [TxId, TxId, TxId];

function setUp() {
  const drawn = new DrawnGraph();
  const table = new MapTable();
  return { drawn, table, stacks: new ChainStacks(table, drawn.graph) };
}

describe('copies on their chains', () => {
  it('of one block the later one is the last, whichever came first', () => {
    for (const indexes of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const { drawn, stacks } = setUp();
      const block = drawn.id(drawn.draw(0));
      const tip = drawn.id(drawn.draw(0));
      for (const index of indexes) stacks.add(OUTPUT, { block, index }, [A, B, C][index] as TxId);
      assert.equal(stacks.last(OUTPUT, block), C);
      assert.equal(stacks.last(OUTPUT, tip), C);
    }
  });

  it('one that comes after what stands above it is found from where it is the last', () => {
    const { drawn, stacks } = setUp();
    const [first, second, third] = [0, 0, 0].map((lane) => drawn.id(drawn.draw(lane)));
    for (const [block, txid] of [
      [first, A],
      [third, C],
      [second, B],
    ] as const) {
      stacks.add(OUTPUT, { block: block as number, index: 0 }, txid);
    }
    assert.deepEqual(
      [first, second, third].map((tip) => stacks.last(OUTPUT, tip as number)),
      [A, B, C],
    );
  });

  it('what is there already changes nothing', () => {
    const { drawn, table, stacks } = setUp();
    const blocks = [0, 0, 0].map((lane) => drawn.id(drawn.draw(lane)));
    for (const block of blocks) stacks.add(OUTPUT, { block, index: 0 }, A);
    const rows = new Map(table.rows);
    for (const block of blocks) stacks.add(OUTPUT, { block, index: 0 }, A);
    assert.deepEqual(table.rows, rows);
  });

  it('of another output, of another lane, and of no block there is none', () => {
    const { drawn, stacks } = setUp();
    const block = drawn.id(drawn.draw(0));
    const other = drawn.id(drawn.draw(1));
    stacks.add(OUTPUT, { block, index: 0 }, A);
    assert.equal(stacks.last(outpointKey(GENESIS_TX, 1), block), null);
    assert.equal(stacks.last(OUTPUT, other), null);
    assert.equal(stacks.last(OUTPUT, 0), null);
  });
});
