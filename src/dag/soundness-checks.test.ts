import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { F, N, OWN, WitnessedChains } from '../../test/dag/witnessed-chains.ts';

/** Who checks the witnesses of a block, and when somebody else has to. */
describe('the check of a block', () => {
  let chains: WitnessedChains;
  beforeEach(() => {
    chains = new WitnessedChains();
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
    assert.equal(chains.start({ spares: N }).drawn(0, 0).length, N - 1, 'all others at most');
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
    chains.add(0, id, { atMs: 200 });
    assert.ok(chains.soundness.decideOlder(200));
    for (const who of chains.soundness.drawn(0, 0)) chains.says(who, 0, 1);
    assert.ok(!chains.soundness.relies(0, 0), 'what was said before is no word on it');
  });

  it('is awaited since the oldest block of any lane that is open', () => {
    for (const [lane, atMs] of [
      [1, 5],
      [2, 9],
      [0, 3],
    ] as const) {
      chains.add(lane, 0, { atMs });
    }
    assert.equal(chains.soundness.oldestMs, 3);
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

  it('of a lane that is known to forge is looked at by nobody before admission', () => {
    const lane = 5;
    assert.ok(chains.soundness.drawn(lane, 0).includes(OWN));
    assert.ok(!chains.soundness.relies(lane, 0));
    chains.add(lane, 0, { witnesses: 'wrong' });
    assert.ok(chains.soundness.relies(lane, 0));
  });
});
