import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { firstOnChain } from './chain-search.ts';

test('finds the first block of a chain for which something holds, in few looks', () => {
  const drawn = new DrawnGraph();
  const chain = Array.from({ length: 40 }, () => drawn.id(drawn.draw(1)));
  for (const [last, tip] of chain.entries()) {
    for (let first = 0; first <= last; first++) {
      let looks = 0;
      const holds = ({ seq }: { seq: number }) => {
        looks++;
        return seq > first;
      };
      assert.equal(firstOnChain(drawn.graph, tip, holds), chain[first], `${first} of ${last}`);
      assert.ok(looks <= 2 * Math.log2(last - first + 1) + 3, `${looks} looks`);
    }
    assert.equal(
      firstOnChain(drawn.graph, tip, () => false),
      0,
    );
  }
});
