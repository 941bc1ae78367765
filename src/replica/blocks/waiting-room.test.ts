import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Sketch } from '../../sim/reference/sketch.ts';
import { runToEnd } from '../../std/slices.ts';
import type { Block } from '../../types/block.ts';
import type { DagNode } from '../../types/dag.ts';
import type { Digest } from '../../types/ids.ts';
import { NODE_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import type { Verified } from '../../types/transaction.ts';
import type { PeerId } from '../effects.ts';
import { Answer, type Branches } from '../peers/answer.ts';
import type { Arrival } from './lane-room.ts';
import { NOBODY, only } from './lanes.ts';
import { WaitingRoom } from './waiting-room.ts';

const [one, two]: Extract<PeerId, { kind: 'lane' }>[] = [
  { kind: 'lane', lane: 1 },
  { kind: 'lane', lane: 2 },
];

function arrival(block: Block, from = one!): Arrival {
  return { block: block as Verified<Block>, from, witnesses: 'right' };
}

/** A room, and blocks: lane 0 has three, lane 1 one that names the third of them. */
function setUp() {
  const room = new WaitingRoom(4);
  const sketch = new Sketch();
  const [first, second, third] = [sketch.draw(0), sketch.draw(0), sketch.draw(0)];
  const other = sketch.draw(1, { refs: [third] });
  const digests = (arrivals: readonly Arrival[]) => arrivals.map(({ block }) => block.digest);
  return { room, sketch, first, second, third, other, digests };
}

describe('2.9: what waits for blocks that it names', () => {
  it('leaves with the last of them that is admitted', () => {
    const { room, first, third, other, digests } = setUp();
    room.add(arrival(other), [first.digest, third.digest]);
    assert.deepEqual([room.size, room.sizeOf(1), room.has(other.digest)], [1, 1, true]);
    assert.deepEqual(digests(room.admitted(first.digest)), []);
    assert.deepEqual(digests(room.admitted(first.digest)), [], 'nobody waits for it any more');
    assert.deepEqual(digests(room.admitted(third.digest)), [other.digest]);
    assert.deepEqual([room.size, room.sizeOf(1), room.has(other.digest)], [0, 0, false]);
  });

  it('leaves at once with any of them that is refused', () => {
    const { room, first, second, third, other, digests } = setUp();
    room.add(arrival(second), [first.digest]);
    room.add(arrival(other), [first.digest, third.digest]);
    assert.deepEqual(digests(room.refused(first.digest)), [second.digest, other.digest]);
    assert.deepEqual([...room.wanted()], [], 'nobody waits for the third one either');
    assert.equal(room.sponsorsOf(third.digest, 0), NOBODY);
  });

  it('leaves alone: others that wait for the same wait on', () => {
    const { room, first, second, third, other, digests } = setUp();
    room.add(arrival(other), [first.digest, second.digest]);
    room.add(arrival(third), [second.digest]);
    assert.deepEqual(digests(room.refused(first.digest)), [other.digest]);
    assert.deepEqual([...room.wanted()], [{ digest: second.digest, lane: 0, from: one }]);
    assert.deepEqual(digests(room.admitted(second.digest)), [third.digest]);
  });

  it('tells what is wanted, of which lane, and who named it; not what waits itself', () => {
    const { room, first, second, third, other } = setUp();
    room.add(arrival(other, two), [third.digest]);
    room.add(arrival(second), [first.digest]);
    assert.deepEqual(
      [...room.wanted()],
      [
        { digest: first.digest, lane: 0, from: one },
        { digest: third.digest, lane: 0, from: two },
      ],
    );
    room.add(arrival(third), [second.digest]);
    assert.deepEqual([...room.wanted()], [{ digest: first.digest, lane: 0, from: one }]);
    assert.equal(room.sponsorsOf(second.digest, 0), only(1));
  });

  it('is told in turns of lanes: one that names what does not exist takes its own turns alone', () => {
    const { room, sketch, first, second, third } = setUp();
    for (let i = 0; i < 20; i++) {
      room.add(arrival(sketch.draw(3, { prev: null })), [
        `${i}`,
        `${i + 1}`,
      ] as string[] as Digest[]);
    }
    room.add(arrival(second), [first.digest]);
    room.tell(third.digest, one!);
    const wanted = [...room.wanted()].map(({ digest }) => digest as string);
    const bogus = Array.from({ length: 21 }, (_, i) => `${i}`);
    assert.deepEqual(wanted, [first.digest, '0', third.digest, ...bogus.slice(1)]);
  });

  it('is asked for, too, when a peer named it, until it is there', () => {
    const { room, first, second } = setUp();
    room.tell(second.digest, two!);
    room.tell(second.digest, one!);
    assert.deepEqual([...room.wanted()], [{ digest: second.digest, lane: null, from: two }]);
    assert.equal(room.sponsorsOf(second.digest, 0), only(1) | only(2));
    assert.equal(room.sponsorsOf(first.digest, 0), NOBODY);
    room.add(arrival(second), [first.digest]);
    assert.deepEqual([...room.wanted()], [{ digest: first.digest, lane: 0, from: one }]);
    room.admitted(first.digest);
    room.admitted(second.digest);
    assert.equal(room.sponsorsOf(second.digest, 0), NOBODY);
  });

  it('needs what it names, too, when a peer names it that waits already', () => {
    const { room, first, second, third } = setUp();
    room.add(arrival(third), [second.digest]);
    room.add(arrival(second), [first.digest]);
    assert.equal(room.sponsorsOf(first.digest, 0), NOBODY);
    room.tell(third.digest, two!);
    assert.equal(room.sponsorsOf(first.digest, 0), only(2));
  });

  it('has all sponsors of what needs it, but those that fork', () => {
    const room = new WaitingRoom(4, (lane) => lane === 2);
    const sketch = new Sketch();
    const first = sketch.draw(0);
    const forking = sketch.draw(2, { refs: [first] });
    const last = sketch.draw(3, { refs: [forking] });
    room.add(arrival(forking), [first.digest]);
    assert.equal(room.sponsorsOf(first.digest, 0), NOBODY);
    room.add(arrival(last), [forking.digest]);
    assert.equal(room.sponsorsOf(first.digest, 0), only(3));
    room.add(arrival(sketch.draw(1, { refs: [first] })), [first.digest]);
    assert.equal(room.sponsorsOf(first.digest, 0), only(1) | only(3));
  });

  it('of a lane, the newest is the one with the highest seq, whenever it came', () => {
    const { room, first, second, third } = setUp();
    assert.equal(room.newestOf(0), null);
    room.add(arrival(third), [second.digest]);
    room.add(arrival(second), [first.digest]);
    assert.equal(room.newestOf(0), third);
    assert.equal(room.newestOf(1), null);
  });
});

describe('the bounds of a lane in the waiting room', () => {
  const missing = ['ab'.repeat(32) as Digest];
  const most = NODE_LIMITS.waitingBlocksPerLaneMax.value;

  it('are on its blocks: its own oldest one is evicted', () => {
    const { room, sketch } = setUp();
    const blocks = Array.from({ length: most + 1 }, () => sketch.draw(2));
    room.add(arrival(sketch.draw(3)), missing);
    for (const block of blocks.slice(0, most)) room.add(arrival(block), missing);
    assert.equal(room.sizeOf(2), most);
    room.add(arrival(blocks[most]!), missing);
    assert.deepEqual([room.sizeOf(2), room.sizeOf(3)], [most, 1]);
    assert.deepEqual([room.has(blocks[0]!.digest), room.has(blocks[1]!.digest)], [false, true]);
  });

  it('spare what others need, whether they say so before it comes or after', () => {
    const { room, sketch } = setUp();
    const chain = [sketch.draw(2), sketch.draw(2), sketch.draw(2)];
    const last = chain[2]!;
    const other = sketch.draw(1, { refs: [last] });
    room.add(arrival(last), [chain[1]!.digest]);
    room.add(arrival(chain[1]!), [chain[0]!.digest]);
    const alone = chain.map(({ digest }) => room.sponsorsOf(digest, 2));
    assert.deepEqual(alone, [NOBODY, NOBODY, NOBODY], 'its own blocks make none needed');
    room.add(arrival(other), [last.digest]);
    const named = chain.map(({ digest }) => room.sponsorsOf(digest, 2));
    assert.deepEqual(named, [only(1), only(1), only(1)]);
    for (let i = 0; i < most; i++) room.add(arrival(sketch.draw(2)), missing);
    assert.deepEqual([room.sizeOf(2), room.has(last.digest)], [most, true]);
    assert.equal(room.has(chain[1]!.digest), true);
  });

  it('are less than a branch has that is shown to one alone: the others get it in few answers', () => {
    const { room, sketch } = setUp();
    const branch = Array.from({ length: 3 * most }, () => {
      return { ...sketch.draw(2), bytes: Uint8Array.of(1) };
    });
    const last = branch.at(-1)!;
    const other = sketch.draw(1, { refs: [last] });
    room.add(arrival(other), [last.digest]);
    const ids = new Map(branch.map(({ digest }, i) => [digest, i + 1]));
    const blocks = new Map<Uint8Array, Block>(branch.map((block) => [block.bytes, block]));
    const served = {
      n: 4,
      node: (id: number) => ({ lane: 2, seq: id, prev: id - 1 }) as DagNode,
      at: () => [],
      find: (digest: Digest) => ids.get(digest) ?? 0,
      block: (id: number) => branch[id - 1]!,
    };
    let admitted = 0;
    const take = (block: Block) => {
      const waits = [block];
      for (let next = waits.pop(); next !== undefined; next = waits.pop()) {
        const { digest, header } = next;
        if (header.seq !== admitted + 1 || header.lane !== 2) continue;
        admitted++;
        waits.push(...room.admitted(digest).map(({ block: released }) => released));
      }
      if (block.header.seq > admitted) room.add(arrival(block), [block.header.prev]);
    };
    const branches: Branches = new Map();
    for (let pulls = 0; room.has(other.digest); pulls++) {
      assert.ok(pulls < 40, `${admitted} blocks after ${pulls} pulls`);
      const wanted = [...room.wanted()].slice(0, WIRE_LIMITS.wantDigestsMax.value);
      const digests = wanted.map(({ digest }) => digest);
      room.asked(digests);
      const answer = new Answer(served);
      runToEnd(answer.named(digests, branches));
      for (const bytes of answer.blocks) take(blocks.get(bytes)!);
    }
    assert.equal(admitted, branch.length);
  });

  it('are on its bytes, which are free again when a block leaves', () => {
    const { room, sketch, digests } = setUp();
    const half = new Uint8Array(NODE_LIMITS.waitingBytesPerLaneMax.value / 2);
    const large = () => ({ ...sketch.draw(2), bytes: half });
    const blocks = [large(), large(), large(), large()] as const;
    room.add(arrival(blocks[0]), missing);
    room.add(arrival(blocks[1]), missing);
    assert.equal(room.sizeOf(2), 2);
    assert.deepEqual(digests(room.admitted(missing[0]!)), [blocks[0].digest, blocks[1].digest]);
    room.add(arrival(blocks[0]), missing);
    room.add(arrival(blocks[1]), missing);
    room.add(arrival(blocks[2]), missing);
    assert.deepEqual(
      blocks.map(({ digest }) => room.has(digest)),
      [false, true, true, false],
    );
    room.add(arrival({ ...blocks[3], bytes: Uint8Array.of(1) }), missing);
    assert.deepEqual(
      blocks.map(({ digest }) => room.has(digest)),
      [false, false, true, true],
    );
  });
});
