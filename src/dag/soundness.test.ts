import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { OWN, WitnessedChains } from '../../test/dag/witnessed-chains.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import type { Seq } from '../types/ids.ts';

describe('soundness', () => {
  let chains: WitnessedChains;
  beforeEach(() => {
    chains = new WitnessedChains();
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
    assert.ok(!chains.soundness.isSound(other));
    assert.ok(chains.soundness.isOpen(one), 'of the other branch nothing is known by that');
    assert.ok(chains.soundness.isSound(one));
  });

  it('ends with a forged block for all that come after it, on its branch', () => {
    const first = chains.add(0, 0);
    const forged = chains.add(0, first);
    const child = chains.add(0, forged);
    chains.forged.add(forged);
    assert.ok(!chains.soundness.isSound(child));
    assert.ok(!chains.soundness.isSound(child), 'nor when it is asked again');
    assert.deepEqual(chains.verified, [first, forged]);
    assert.deepEqual(chains.unsound, [forged, child]);
    for (const witnesses of ['unchecked', 'wrong'] as const) {
      const after = chains.add(0, child, { witnesses });
      assert.ok(chains.soundness.isUnsound(after) && !chains.soundness.isOpen(after));
    }
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

  it('is not checked again of what was checked before, a restart between or not', () => {
    for (const isRestarted of [false, true]) {
      chains = new WitnessedChains();
      const first = chains.add(0, 0);
      const second = chains.add(0, first, { witnesses: 'right' });
      const writer = new Writer();
      chains.soundness.save(writer);
      const after = isRestarted ? chains.start() : chains.soundness;
      if (isRestarted) decode(writer.finish(), (reader) => after.load(reader, 0));
      assert.ok(after.isSound(second));
      assert.deepEqual(chains.verified, [first]);
    }
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

  it('10.2: is not said of what others alone have checked, nor of what carries nothing', () => {
    const vouched = chains.add(0, 0);
    for (const who of [1, 2]) chains.says(who, 0, 1);
    assert.ok(!chains.soundness.isOpen(vouched));
    chains.add(3, 0, { txCount: 0, witnesses: 'right' });
    const empty = chains.add(4, chains.add(4, 0), { txCount: 0 });
    assert.ok(chains.soundness.isSound(empty));
    const words = () => chains.soundness.words(Int32Array.of(1, 1, 1, 1, 2, 0, 0), 9);
    assert.deepEqual(words(), [{ kind: 'checked', lane: 4, seq: 2 }]);
    chains.says(OWN, 4, 1);
    assert.deepEqual(words(), []);
  });

  it('is said of so many other lanes at most, and by nobody where all check all, or without a lane', () => {
    for (const [change, most, told] of [
      [{}, 0, []],
      [{}, 1, [0]],
      [{}, 9, [0, 1]],
      [{ isShared: false }, 9, []],
      [{ lane: null }, 9, []],
    ] as const) {
      chains = new WitnessedChains();
      chains.start(change);
      for (const lane of [0, 1, OWN]) chains.add(lane, 0, { witnesses: 'right' });
      const words = chains.soundness.words(new Int32Array(7).fill(1), most);
      assert.deepEqual(
        words.map(({ lane }) => lane),
        told,
      );
    }
  });

  it('is known at once where one lane is enough', () => {
    chains.start({ f: 0 });
    assert.ok(!chains.soundness.isOpen(chains.add(0, 0)));
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
});
