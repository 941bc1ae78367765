import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runToEnd } from '../../std/slices.ts';
import type { Digest } from '../../types/ids.ts';
import { NODE_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import { Answer, type Branches } from './answer.ts';

const digestOf = (id: number) => `${id}` as Digest;

/** One lane: block `id` has seq `id`, and is named by its number. Counts what it is asked for. */
function lane(length: number, blockBytes = 300) {
  const looks = { nodes: 0, blocks: 0 };
  const bytes = new Uint8Array(blockBytes);
  const graph = {
    n: 1,
    find: (digest: Digest) => (Number(digest) <= length ? Number(digest) : 0),
    at: (_: number, seq: number) => (seq <= length ? [seq] : []),
    node: (id: number) => {
      looks.nodes++;
      return { lane: 0, seq: id, prev: id - 1 };
    },
    block: () => {
      looks.blocks++;
      return { bytes };
    },
  } as unknown as ConstructorParameters<typeof Answer>[0];
  return { graph, looks };
}

const count = (answer: Answer) => [...answer.blocks].length;

/** What makes a branch twice as long each time, again and again from the top. */
function namesOfOneBranch(top: number): Digest[] {
  const names: Digest[] = [];
  while (names.length < WIRE_LIMITS.wantDigestsMax.value) {
    let length = 1;
    for (let seq = top; seq > 0 && names.length < WIRE_LIMITS.wantDigestsMax.value; length *= 2) {
      names.push(digestOf(seq));
      seq -= length;
    }
  }
  return names;
}

test('what is named again and again is looked at once', () => {
  const { graph, looks } = lane(2000);
  const answer = new Answer(graph);
  const names = namesOfOneBranch(2000);
  runToEnd(answer.named(names, new Map()));
  assert.equal(count(answer), 2000);
  assert.equal(looks.blocks, 2000);
  assert.ok(looks.nodes <= 2000 + names.length, `${looks.nodes} nodes`);
});

test('a branch is given twice as far at each further question, the newest first', () => {
  const { graph } = lane(100);
  const branches: Branches = new Map();
  const given: number[] = [];
  for (let [seq, questions] = [100, 0]; seq > 0; questions++) {
    const answer = new Answer(graph);
    runToEnd(answer.named([digestOf(seq)], branches));
    given.push(count(answer));
    seq -= count(answer);
    assert.ok(questions < 10);
  }
  assert.deepEqual(given, [1, 2, 4, 8, 16, 32, 37]);
});

test('of a branch of which more is asked for further up one block is given again', () => {
  const { graph } = lane(100);
  const branches: Branches = new Map();
  const given = [50, 51, 53].map((seq) => {
    const answer = new Answer(graph);
    runToEnd(answer.named([digestOf(seq)], branches));
    return count(answer);
  });
  assert.deepEqual(given, [1, 1, 1]);
});

test('a branch takes at most half of the room: what is above the frontier has a place, too', () => {
  const most = NODE_LIMITS.syncBatchBytesMax.value / 4096;
  const answer = new Answer(lane(20_000, 4096).graph);
  const last = new Map([[0, { seq: 20_000, length: 20_000 }]]);
  runToEnd(answer.named([digestOf(20_000)], last));
  assert.equal(count(answer), most / 2);
  runToEnd(answer.above([0]));
  assert.equal(count(answer), most);
});

test('small blocks count as much as takes the time of sending them', () => {
  const room = NODE_LIMITS.syncBatchBytesMax.value;
  for (const [bytes, most] of [
    [300, room / 1024],
    [4096, room / 4096],
  ] as const) {
    const answer = new Answer(lane(20_000, bytes).graph);
    runToEnd(answer.above([0]));
    assert.equal(count(answer), most);
  }
});

test('a block that is larger than the room is given alone', () => {
  const answer = new Answer(lane(3, 2 * NODE_LIMITS.syncBatchBytesMax.value).graph);
  runToEnd(answer.above([0]));
  assert.equal(count(answer), 1);
});

test('an answer is found in slices', () => {
  const work = new Answer(lane(20_000).graph).above([0]);
  let slices = 1;
  while (work.next().done !== true) slices++;
  assert.ok(slices > 4096 / 64, `${slices} slices`);
});
