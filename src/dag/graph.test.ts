import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import type { Block } from '../types/block.ts';

/** A lane of three blocks and, from its first one, another second block. */
function forked() {
  const drawn = new DrawnGraph();
  const first = drawn.draw(0);
  const second = drawn.draw(0);
  const third = drawn.draw(0);
  const twin = drawn.draw(0, { prev: first });
  return { drawn, first, second, third, twin };
}

describe('histories (2.2)', () => {
  it('of all that is admitted are the union of all last blocks, forks included', () => {
    const { drawn, third, twin } = forked();
    const other = drawn.draw(1, { refs: [third] });
    assert.deepEqual(drawn.graph.all, drawn.history(third, twin, other));
    assert.deepEqual(drawn.graph.all.forks.get(0), [drawn.id(third), drawn.id(twin)]);
    const longer = drawn.draw(0, { prev: twin });
    assert.deepEqual(drawn.graph.all.forks.get(0), [drawn.id(third), drawn.id(longer)]);
  });

  it('of two last blocks of one seq end with the one that was admitted first', () => {
    const drawn = new DrawnGraph();
    const first = drawn.draw(0);
    const [second, twin] = [drawn.draw(0), drawn.draw(0, { prev: first })];
    assert.deepEqual(drawn.graph.all, drawn.history(second, twin));
    assert.equal(drawn.graph.all.tips[0], drawn.id(second));
  });

  it('hold what lies below a tip on its own branch, and nothing of the others', () => {
    const { drawn, first, second, third, twin } = forked();
    const holds = (tip: Block, block: Block) =>
      drawn.graph.contains(drawn.history(tip), drawn.id(block));
    assert.deepEqual(
      [first, second, third, twin].map((block) => holds(third, block)),
      [true, true, true, false],
    );
    assert.deepEqual(
      [first, second, third, twin].map((block) => holds(twin, block)),
      [true, false, false, true],
    );
  });

  it('of a candidate that forks its lane do not hold the other block of its seq', () => {
    const drawn = new DrawnGraph();
    const first = drawn.draw(0);
    const second = drawn.draw(0);
    const candidate = drawn.candidate(0, first, []);
    assert.equal(drawn.graph.contains(candidate, drawn.id(first)), true);
    assert.equal(drawn.graph.contains(candidate, drawn.id(second)), false);
    assert.equal(drawn.graph.contains(candidate, candidate.id), true);
    drawn.graph.discard();
    assert.equal(drawn.graph.candidate, 0);
  });

  it('name the last blocks of a lane by branch, ascending, whatever was referenced first', () => {
    const { drawn, second, third, twin } = forked();
    for (const tips of [
      [third, twin, second],
      [twin, second, third],
    ]) {
      const { forks, frontier } = drawn.history(...tips);
      assert.deepEqual(forks.get(0), [drawn.id(third), drawn.id(twin)]);
      assert.equal(frontier[0], 3);
    }
    assert.equal(drawn.history(second, twin).tips[0], drawn.id(second), 'of equal ones the first');
  });

  it('reach as far as the longest branch of a lane, whichever was admitted first', () => {
    const { drawn, third, twin } = forked();
    const longest = drawn.draw(0, { prev: drawn.draw(0, { prev: twin }) });
    const { tips, frontier, forks } = drawn.history(third, longest);
    assert.deepEqual(forks.get(0), [drawn.id(third), drawn.id(longest)]);
    assert.deepEqual([tips[0], frontier[0]], [drawn.id(longest), 4]);
  });

  it('have the ancestor of a tip on its own branch', () => {
    const { drawn, first, second, third, twin } = forked();
    const ancestor = (tip: Block, seq: number) => drawn.graph.ancestor(drawn.id(tip), seq);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((seq) => ancestor(third, seq)),
      [0, drawn.id(first), drawn.id(second), drawn.id(third), 0],
    );
    assert.deepEqual(
      [1, 2, 3].map((seq) => ancestor(twin, seq)),
      [drawn.id(first), drawn.id(twin), 0],
    );
  });
});

describe('2.4: the order of acks in a step', () => {
  it('is by lane, seq and digest, parents first, own block last', () => {
    const drawn = new DrawnGraph();
    const one = drawn.draw(1);
    const two = drawn.draw(1);
    const late = drawn.draw(0, { refs: [two] });
    const early = drawn.draw(2);
    const block = drawn.draw(3, { refs: [late, early] });
    const step = drawn.graph.step(drawn.id(block));
    assert.deepEqual(
      step,
      [one, two, late, early, block].map((each) => drawn.id(each)),
    );
    const next = drawn.draw(3);
    assert.deepEqual(drawn.graph.step(drawn.id(next)), [drawn.id(next)]);
  });

  it('is by digest where a lane forks, whichever was admitted first', () => {
    for (const before of [8, 9]) {
      const drawn = new DrawnGraph();
      // The number of blocks drawn before is part of a digest: 9 comes after 10.
      for (let i = 0; i < before; i++) drawn.draw(3);
      const [x, y] = [drawn.draw(0), drawn.draw(0, { prev: null })];
      const a = drawn.draw(1, { refs: [x] });
      const b = drawn.draw(2, { refs: [y] });
      const block = drawn.draw(3, { refs: [a, b] });
      const expected = [x, y].toSorted((one, other) => (one.digest < other.digest ? -1 : 1));
      assert.deepEqual(
        drawn.graph.step(drawn.id(block)).slice(0, 2),
        expected.map(({ digest }) => drawn.graph.find(digest)),
      );
    }
  });

  it('is by seq before digest where branches of a lane come at once, whoever names them', () => {
    for (const [one, two] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const drawn = new DrawnGraph();
      const chain = Array.from({ length: 9 }, () => drawn.draw(0));
      drawn.draw(3, { refs: [chain[8]!] });
      // Digests name the seq: of these two the tenth block has the smaller one.
      const tenth = drawn.draw(0);
      const twin = drawn.draw(0, { prev: chain[7]! });
      assert.ok(tenth.digest < twin.digest);
      const branches = [tenth, twin];
      const refs = [
        drawn.draw(1, { refs: [branches[one]!] }),
        drawn.draw(2, { refs: [branches[two]!] }),
      ];
      const block = drawn.draw(3, { refs });
      const expected = [twin, tenth, ...refs, block].map((each) => drawn.id(each));
      assert.deepEqual(drawn.graph.step(drawn.id(block)), expected);
    }
  });
});
