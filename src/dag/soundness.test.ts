import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import type { Block, Vote, Witnesses } from '../types/block.ts';
import type { Dag, DagNode, NodeId } from '../types/dag.ts';
import type { Epoch, LaneId, Seq } from '../types/ids.ts';
import { Soundness, type SoundnessParts } from './soundness.ts';

const N = 7;
const F = 2;
const OWN = 6;

type Drawn = Pick<DagNode, 'id' | 'lane' | 'seq' | 'prev' | 'txCount' | 'votes' | 'epoch'>;

type Stroke = {
  readonly witnesses?: Witnesses;
  readonly votes?: Vote[];
  readonly txCount?: number;
  readonly atMs?: number;
  readonly epoch?: Epoch;
};

/** Chains of blocks without histories: all that soundness asks for. */
class Chains {
  readonly nodes: Drawn[] = [];
  readonly forged = new Set<NodeId>();
  readonly verified: NodeId[] = [];
  readonly unsound: NodeId[] = [];
  soundness = this.start();

  start(change: Partial<SoundnessParts> = {}): Soundness {
    const dag = {
      n: N,
      node: (id: NodeId) => this.nodes[id - 1],
      block: (id: NodeId) => id as unknown as Block,
      ancestor: (id: NodeId, seq: Seq) => this.#ancestor(id, seq),
      forkSeq: (lane: LaneId) => this.#forkSeq(lane),
    } as unknown as Dag;
    const verify = (block: Block) => {
      const id = block as unknown as NodeId;
      this.verified.push(id);
      return !this.forged.has(id);
    };
    const unsound = (id: NodeId) => void this.unsound.push(id);
    this.soundness = new Soundness(dag, {
      ...{ isShared: true, f: F, lane: OWN, spares: 0, verify, unsound },
      ...change,
    });
    return this.soundness;
  }

  /** A block with transactions, unchecked, unless told otherwise. */
  add(
    lane: LaneId,
    prev: NodeId,
    { witnesses = 'unchecked' as Witnesses, votes = [] as Vote[], ...more }: Stroke = {},
  ): NodeId {
    const { txCount = 1, atMs = 0, epoch = 0 } = more;
    const seq = prev === 0 ? 1 : (this.nodes[prev - 1] as Drawn).seq + 1;
    const node = { id: this.nodes.length + 1, lane, seq, prev, txCount, votes, epoch };
    this.nodes.push(node);
    this.soundness.add(node as unknown as DagNode, witnesses, atMs);
    return node.id;
  }

  says(who: LaneId, lane: LaneId, seq: Seq): void {
    const prev = this.nodes.findLast((node) => node.lane === who)?.id ?? 0;
    this.add(who, prev, {
      ...{ txCount: 0, witnesses: 'right', votes: [{ kind: 'checked', lane, seq }] },
    });
  }

  #ancestor(id: NodeId, seq: Seq): NodeId {
    let node = this.nodes[id - 1] as Drawn;
    if (seq > node.seq) return 0;
    while (node.seq > seq) node = this.nodes[node.prev - 1] as Drawn;
    return node.id;
  }

  #forkSeq(lane: LaneId): Seq {
    const seqs = this.nodes.filter((node) => node.lane === lane).map(({ seq }) => seq);
    const twice = seqs.filter((seq, i) => seqs.indexOf(seq) !== i);
    return Math.min(Number.POSITIVE_INFINITY, ...twice);
  }
}

describe('soundness', () => {
  let chains: Chains;
  beforeEach(() => {
    chains = new Chains();
  });

  it('is vouched for by f others and the author, not by one less', () => {
    const id = chains.add(0, 0);
    chains.says(1, 0, 1);
    chains.says(1, 0, 1);
    chains.says(0, 1, 1);
    // The author is counted already, whatever it says of itself.
    chains.says(0, 0, 1);
    assert.ok(chains.soundness.isOpen(id));
    chains.says(2, 0, 1);
    assert.ok(!chains.soundness.isOpen(id));
    assert.ok(chains.soundness.isSound(id));
    assert.deepEqual(chains.verified, []);
  });

  it('is vouched for up to the seq that f others say, and not beyond', () => {
    const first = chains.add(0, 0);
    const second = chains.add(0, first);
    chains.says(1, 0, 2);
    chains.says(2, 0, 1);
    assert.ok(!chains.soundness.isOpen(first));
    assert.ok(chains.soundness.isOpen(second));
    chains.says(3, 0, 2);
    assert.ok(!chains.soundness.isOpen(second));
  });

  it('of blocks that come after the words on them is known at once', () => {
    chains.says(1, 0, 1);
    chains.says(2, 0, 1);
    assert.ok(!chains.soundness.isOpen(chains.add(0, 0)));
  });

  it('is not vouched for where the lane forks: words do not name a branch', () => {
    const first = chains.add(0, 0);
    const [one, other] = [chains.add(0, first), chains.add(0, first)];
    chains.forged.add(other);
    for (const who of [1, 2, 3]) chains.says(who, 0, 2);
    assert.ok(!chains.soundness.isOpen(first));
    assert.ok(chains.soundness.isOpen(one) && chains.soundness.isOpen(other));
    assert.ok(chains.soundness.isSound(one));
    assert.ok(!chains.soundness.isSound(other));
  });

  it('ends with a forged block for all that come after it, on its branch', () => {
    const first = chains.add(0, 0);
    const forged = chains.add(0, first);
    const child = chains.add(0, forged);
    chains.forged.add(forged);
    assert.ok(!chains.soundness.isSound(child));
    assert.deepEqual(chains.verified, [first, forged]);
    assert.deepEqual(chains.unsound, [forged, child]);
    assert.ok(chains.soundness.isUnsound(chains.add(0, child)));
    assert.ok(!chains.soundness.isUnsound(first));
    assert.ok(chains.soundness.isUnsoundLane(0) && !chains.soundness.isUnsoundLane(1));
    assert.deepEqual(chains.soundness.takeCondemned(), [forged]);
  });

  it('is known of what was checked before only once what is before it is known', () => {
    const first = chains.add(0, 0);
    const second = chains.add(0, first, { witnesses: 'right' });
    assert.ok(chains.soundness.isOpen(second));
    assert.ok(chains.soundness.isSound(first));
    assert.ok(!chains.soundness.isOpen(second));
    assert.deepEqual(chains.verified, [first]);
  });

  it('draws each validator equally often, never for its own lane, others in the next epoch', () => {
    for (const epoch of [0, 1, 5, 6]) {
      const drawn = [...Array(N).keys()].map((lane) => chains.soundness.drawn(lane, epoch));
      const times = [...Array(N).keys()].map((who) => drawn.flat().filter((one) => one === who));
      for (const of of times) assert.equal(of.length, F);
      drawn.forEach((some, lane) => {
        assert.ok(!some.includes(lane));
        assert.equal(new Set(some).size, F);
      });
    }
    assert.notDeepEqual(chains.soundness.drawn(0, 0), chains.soundness.drawn(0, 1));
    const spared = chains.start({ spares: 1 });
    assert.equal(spared.drawn(0, 0).length, F + 1);
  });

  it('is left to those drawn, and checked first by them', () => {
    const drawnFor = [...Array(N).keys()].filter((lane) => !chains.soundness.relies(lane, 0));
    const expected = [...Array(N).keys()].filter(
      (lane) => lane === OWN || chains.soundness.drawn(lane, 0).includes(OWN),
    );
    assert.deepEqual(drawnFor, expected);
    const all = chains.start({ isShared: false });
    assert.ok([...Array(N).keys()].every((lane) => !all.relies(lane, 0)));
  });

  it('is found out after the patience, and a lane that was late is not awaited again', () => {
    const id = chains.add(0, 0, { atMs: 100 });
    assert.equal(chains.soundness.oldestMs, 100);
    assert.ok(!chains.soundness.decideOlder(99));
    assert.ok(chains.soundness.relies(0, 0));
    assert.ok(chains.soundness.decideOlder(100));
    assert.ok(!chains.soundness.isOpen(id));
    assert.equal(chains.soundness.oldestMs, null);
    assert.ok(!chains.soundness.relies(0, 0));
    for (const who of chains.soundness.drawn(0, 0)) chains.says(who, 0, 1);
    assert.ok(chains.soundness.relies(0, 0));
  });

  it('10.5: only those are late who had not spoken of a block when it had to be checked', () => {
    const [one, two] = [chains.soundness.drawn(0, 0), chains.soundness.drawn(0, 1)];
    assert.deepEqual(
      [one, two],
      [
        [1, 2],
        [2, 3],
      ],
    );
    const first = chains.add(0, 0, { atMs: 100 });
    // Known, once the one before it is: those drawn for it are not waited for at all.
    chains.add(0, first, { atMs: 100, witnesses: 'right', epoch: 2 });
    chains.says(2, 0, 1);
    assert.ok(chains.soundness.decideOlder(100));
    assert.deepEqual(chains.verified, [first]);
    assert.deepEqual(
      [0, 1, 2].map((epoch) => chains.soundness.relies(0, epoch)),
      [false, true, true],
      'lane 1 was late, 2, 3 and 4 were not',
    );
  });

  it('10.5: of what a journal leaves open all is decided, and nobody was late', () => {
    const first = chains.add(0, 0, { atMs: 100 });
    const second = chains.add(0, first, { atMs: 100 });
    const forged = chains.add(1, 0, { atMs: 100 });
    const after = chains.add(1, forged, { atMs: 100 });
    chains.forged.add(forged);
    chains.soundness.decideAll();
    assert.deepEqual(chains.verified, [first, second, forged]);
    assert.deepEqual(
      [first, second, forged, after].map((id) => chains.soundness.isUnsound(id)),
      [false, false, true, true],
    );
    assert.equal(chains.soundness.oldestMs, null);
    assert.ok(chains.soundness.relies(0, 0), 'as before');
  });

  it('goes on as it was from what is saved, but for who was late', () => {
    const first = chains.add(0, 0, { witnesses: 'right' });
    const open = chains.add(0, first);
    const right = chains.add(0, open, { witnesses: 'right' });
    const forged = chains.add(1, 0, { witnesses: 'wrong' });
    chains.says(2, 0, 2);
    chains.says(OWN, 3, 7);
    const before = chains.soundness;
    const writer = new Writer();
    before.save(writer);
    const after = chains.start();
    assert.equal(decode(writer.finish(), (reader) => after.load(reader, 500)).ok, true);
    assert.equal(after.oldestMs, 500);
    assert.deepEqual(
      [first, open, right].map((id) => after.isOpen(id)),
      [false, true, true],
    );
    assert.ok(after.isUnsound(forged) && after.isUnsoundLane(1) && !after.isUnsoundLane(0));
    const frontier = Int32Array.of(3, 1, 0, 0, 0, 0, 0);
    assert.deepEqual(after.words(frontier, 9), [{ kind: 'checked', lane: 0, seq: 1 }]);
    assert.deepEqual(after.words(frontier, 9), before.words(frontier, 9));
    // The word of lane 2 was kept: with that of one more, all is known, and nothing is checked.
    chains.says(3, 0, 2);
    assert.deepEqual(
      [open, right].map((id) => after.isOpen(id)),
      [false, false],
    );
    assert.deepEqual(chains.verified, []);
  });

  it('is said of what was checked here, as far as the history goes and nothing is open', () => {
    const first = chains.add(0, 0, { witnesses: 'right' });
    const second = chains.add(0, first, { witnesses: 'right' });
    const third = chains.add(0, second);
    chains.add(0, third, { witnesses: 'right' });
    chains.add(1, 0);
    const told = (seq: Seq) => chains.soundness.words(Int32Array.of(seq, 1, 0, 0, 0, 0, 0), 9);
    assert.deepEqual(told(1), [{ kind: 'checked', lane: 0, seq: 1 }]);
    assert.deepEqual(told(4), [{ kind: 'checked', lane: 0, seq: 2 }]);
    chains.says(OWN, 0, 2);
    assert.deepEqual(told(2), []);
    assert.ok(chains.soundness.isSound(third));
    assert.deepEqual(told(4), [{ kind: 'checked', lane: 0, seq: 4 }]);
  });

  it('is not said of lanes that fork or forge', () => {
    chains.add(0, 0, { witnesses: 'right' });
    const [one] = [chains.add(1, 0, { witnesses: 'right' })];
    chains.add(1, one, { witnesses: 'wrong' });
    chains.add(0, 0, { witnesses: 'right' });
    assert.deepEqual(chains.soundness.words(Int32Array.of(1, 1, 0, 0, 0, 0, 0), 9), []);
  });

  it('of a block without transactions is known at once, whether anybody has looked or not', () => {
    const empty = chains.add(0, 0, { txCount: 0 });
    assert.ok(!chains.soundness.isOpen(empty));
    const full = chains.add(0, empty);
    assert.ok(chains.soundness.isOpen(full));
    assert.ok(chains.soundness.isOpen(chains.add(0, full, { txCount: 0 })), 'behind an open one');
  });

  it('of a lane that is known to forge is looked at by nobody before admission', () => {
    const lane = 5;
    assert.ok(chains.soundness.drawn(lane, 0).includes(OWN));
    assert.ok(!chains.soundness.relies(lane, 0));
    chains.add(lane, 0, { witnesses: 'wrong' });
    assert.ok(chains.soundness.relies(lane, 0));
  });
});
