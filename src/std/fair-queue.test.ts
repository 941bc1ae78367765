import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FairQueue } from './fair-queue.ts';

type Item = { readonly of: string; readonly cost: number };

function filled(quantum: number, ...items: readonly [of: string, cost: number][]): FairQueue<Item> {
  const queue = new FairQueue<Item>(quantum, ({ cost }) => cost);
  for (const [of, cost] of items) queue.push(of, { of, cost });
  return queue;
}

function order(queue: FairQueue<Item>): string {
  const taken: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) taken.push(item.of);
  return taken.join('');
}

describe('FairQueue', () => {
  it('gives each source its quantum in turn', () => {
    const items = [...'aaaaabbbcc'].map((of) => [of, 1] as [string, number]);
    assert.equal(order(filled(2, ...items)), 'aabbccaaba');
  });

  it('lets what costs more than a quantum wait for so many turns', () => {
    const queue = filled(2, ['a', 5], ['b', 1], ['b', 1], ['b', 1], ['b', 1], ['b', 1]);
    assert.equal(order(queue), 'bbbbab');
  });

  it('takes from a source that is alone at once', () => {
    assert.equal(order(filled(1, ['a', 100], ['a', 100])), 'aa');
  });

  it('knows how much waits, of all and of one', () => {
    const queue = filled(4, ['a', 3], ['a', 2], ['b', 7]);
    assert.equal(queue.length, 3);
    assert.deepEqual([queue.costOf('a'), queue.costOf('b'), queue.costOf('c')], [5, 7, 0]);
    order(queue);
    assert.equal(queue.length, 0);
    assert.equal(queue.costOf('a'), 0);
  });
});
