import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network, OTHER, RESYNC_MS, type Want, wants } from '../../../test/replica/peer-network.ts';
import type { Block } from '../../types/block.ts';
import type { Digest, LaneId, Seq } from '../../types/ids.ts';
import type { Wanted } from '../blocks/waiting-room.ts';
import type { Outbound, PeerId } from '../effects.ts';

test('what a peer had a beat ago of a lane that moves is not asked for: it is on its way', () => {
  const { peers, frontier } = network();
  let asked = 0;
  for (let beat = 1; beat <= 10; beat++) {
    frontier[2] = beat;
    peers.tick(beat * RESYNC_MS);
    asked += wants(peers.heads(OTHER, [0, 0, beat + 5, 0], beat * RESYNC_MS)).length;
  }
  assert.equal(asked, 0);
});

test('of a lane that stands still it is', () => {
  const { peers } = network();
  const asked: Want[] = [];
  for (let beat = 1; beat <= 4; beat++) {
    peers.tick(beat * RESYNC_MS);
    asked.push(...wants(peers.heads(OTHER, [0, 0, 5, 0], beat * RESYNC_MS)));
  }
  assert.deepEqual(asked[0]?.frontier, [0, 0, 0, 0]);
});

test('who has more, answers and withholds it is not asked again before others told what they have', () => {
  const { peers } = network();
  const third: PeerId = { kind: 'lane', lane: 2 };
  peers.connected(third);
  peers.heads(third, [0, 0, 0, 0], 0);
  const asked: PeerId[] = [];
  for (let nowMs = RESYNC_MS; nowMs <= 10 * RESYNC_MS; nowMs += RESYNC_MS) {
    peers.tick(nowMs);
    // The one that withholds always speaks first.
    for (const from of [OTHER, OTHER, third]) {
      for (const { to } of peers.heads(from, [0, 5, 0, 0], nowMs)) if (to !== 'all') asked.push(to);
    }
  }
  assert.ok(asked.includes(third), JSON.stringify(asked));
});

test('after a pull in vain nobody is asked again for a beat, but who has just connected', () => {
  const { peers } = network();
  for (const nowMs of [0, RESYNC_MS]) peers.tick(nowMs);
  const asked = (lane: LaneId, nowMs: number) =>
    wants(peers.heads({ kind: 'lane', lane }, [0, 5, 0, 0], nowMs)).length;
  const now = 2 * RESYNC_MS;
  for (const lane of [2, 3]) peers.connected({ kind: 'lane', lane });
  assert.equal(asked(2, now), 1);
  assert.equal(asked(2, now + 1), 0, 'its heads end an answer without a block');
  assert.equal(asked(3, now + 2), 1);
  assert.equal(asked(3, now + 3), 0);
  assert.equal(asked(2, now + 2 + RESYNC_MS), 1);
});

test('while an answer is awaited nobody else is asked, not even who has just connected', () => {
  const { peers } = network();
  for (const lane of [2, 3]) peers.connected({ kind: 'lane', lane });
  const asked = [2, 3].map((lane) => wants(peers.heads({ kind: 'lane', lane }, [0, 5, 0, 0], 10)));
  assert.deepEqual(
    asked.map(({ length }) => length),
    [1, 0],
  );
});

test('who has caught up with strangers alone has not caught up', () => {
  const { peers } = network();
  for (const nowMs of [1, 2]) peers.heads(OTHER, [0, 9, 0, 0], nowMs);
  const stranger: PeerId = { kind: 'observer', id: 'x' };
  peers.connected(stranger);
  peers.heads(stranger, [0, 0, 0, 0], 3);
  assert.ok(!peers.isCaughtUpWith(1));
});

/** Honest validators tell at each beat that they have more, `liar` whenever it likes. Who was asked for it. */
function askedWhile(liar: PeerId, restMs: number): PeerId[] {
  const { peers } = network();
  const honest: PeerId[] = [OTHER, { kind: 'lane', lane: 2 }];
  for (const peer of [liar, ...honest]) {
    peers.connected(peer);
    peers.heads(peer, [0, 0, 0, 0], 0);
  }
  const asked: PeerId[] = [];
  let askedMs = Number.NEGATIVE_INFINITY;
  const send = (sent: readonly Outbound[], nowMs: number) => {
    for (const { to, message } of sent) {
      if (message.kind !== 'want' || to === 'all') continue;
      asked.push(to);
      if (to === liar) askedMs = nowMs;
    }
  };
  for (let nowMs = 1; nowMs < 40 * RESYNC_MS; nowMs++) {
    send(peers.tick(nowMs), nowMs);
    if (nowMs >= askedMs + restMs) send(peers.heads(liar, [0, 9, 9, 9], nowMs), nowMs);
    if (nowMs % RESYNC_MS !== 100) continue;
    for (const peer of honest) send(peers.heads(peer, [0, 5, 5, 5], nowMs), nowMs);
  }
  return asked;
}

test('who is asked and answers nothing until just before its time is over does not keep others from being asked', () => {
  const asked = askedWhile({ kind: 'lane', lane: 3 }, 2 * RESYNC_MS);
  const lanes = asked.map((peer) => (peer.kind === 'lane' ? peer.lane : 'a stranger'));
  for (const lane of [1, 2]) {
    assert.ok(lanes.filter((each) => each === lane).length >= 5, JSON.stringify(lanes));
  }
});

test('no stranger is asked while there are validators', () => {
  const asked = askedWhile({ kind: 'observer', id: 'x' }, 2 * RESYNC_MS);
  assert.ok(asked.length >= 10);
  assert.ok(asked.every(({ kind }) => kind === 'lane'));
});

test('of a lane that is known to forge nothing is asked for, and nobody lacks it', () => {
  const { peers, forgers } = network();
  forgers.add(2);
  let asked = 0;
  for (let beat = 1; beat <= 4; beat++) {
    peers.tick(beat * RESYNC_MS);
    asked += wants(peers.heads(OTHER, [0, 0, 5, 0], beat * RESYNC_MS)).length;
  }
  assert.equal(asked, 0);
  assert.ok(peers.isCaughtUpWith(1));
});

test('for a block that waiting ones name only its lane is asked for, and no more after the answer', () => {
  const { peers, wanted } = network();
  wanted.push({ digest: 'aa' as Digest, lane: 2 as LaneId, from: OTHER });
  peers.waits(10);
  assert.deepEqual(wants(peers.tick(59)), []);
  const [want] = wants(peers.tick(60));
  const nothing = 0xffff_ffff;
  assert.deepEqual(want?.frontier, [nothing, nothing, 0, nothing]);
  assert.deepEqual(want?.digests, ['aa']);
  assert.deepEqual(wants(peers.heads(OTHER, [0, 0, 9, 9], 70)), []);
});

test('who names a block and withholds it, but answers, is asked first, and not the only one to be asked', () => {
  const { peers, wanted } = network();
  const third: PeerId = { kind: 'lane', lane: 2 };
  peers.connected(third);
  wanted.push({ digest: 'aa' as Digest, lane: 3 as LaneId, from: third });
  peers.waits(0);
  const asked: PeerId[] = [];
  for (let nowMs = 60; nowMs <= 600; nowMs += 60) {
    const sent = peers.tick(nowMs).filter(({ message }) => message.kind === 'want');
    for (const { to } of sent) if (to !== 'all') asked.push(to);
    if (sent.length > 0) peers.heads(asked.at(-1) as PeerId, [0, 0, 0, 0], nowMs + 10);
  }
  assert.deepEqual(asked[0], third);
  assert.ok(asked.includes(OTHER), JSON.stringify(asked));
});

test('what nobody has is asked for once a beat, after everybody was asked twice', () => {
  const { peers, wanted } = network();
  const withheld: Wanted = { digest: 'aa' as Digest, lane: 3 as LaneId, from: OTHER };
  const ask = (fromMs: number, toMs: number) => {
    let asked = 0;
    for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) {
      if (wants(peers.tick(nowMs)).length === 0) continue;
      asked += 1;
      peers.heads(OTHER, [0, 0, 0, 0], nowMs);
    }
    return asked;
  };
  wanted.push(withheld);
  peers.waits(0);
  assert.equal(ask(0, 200), 3);
  assert.equal(ask(200, 200 + 10 * RESYNC_MS), 10);
  // Something else is missing.
  wanted.push({ ...withheld, digest: 'bb' as Digest });
  peers.waits(6000);
  assert.equal(ask(6000, 6100), 1);
});

test('the busier the machine, the later it asks', () => {
  const { peers, wanted } = network();
  wanted.push({ digest: 'aa' as Digest, lane: 2 as LaneId, from: OTHER });
  peers.tick(0, 40);
  peers.waits(10);
  assert.deepEqual(wants(peers.tick(500, 40)), []);
  assert.equal(wants(peers.tick(10 + 50 + 12 * 40, 40)).length, 1);
});

test('a peer is told the newest block of its lane until it has told that block', () => {
  const { peers, frontier } = network();
  frontier[1] = 3;
  const yours = (nowMs: number) =>
    peers.tick(nowMs).map(({ message }) => message.kind === 'heads' && message.yours !== null);
  assert.deepEqual(yours(RESYNC_MS), [true]);
  assert.deepEqual(yours(2 * RESYNC_MS), [true]);
  peers.heads(OTHER, [0, 3, 0, 0], 2 * RESYNC_MS);
  assert.deepEqual(yours(3 * RESYNC_MS), [false]);
  frontier[1] = 4;
  assert.deepEqual(yours(4 * RESYNC_MS), [true]);
});

test('a block of its lane that waits for what it names is told too, when it is the newest', () => {
  const { peers, frontier, waiting } = network();
  frontier[1] = 3;
  const bytes = Uint8Array.of(4);
  waiting.push({ bytes, header: { lane: 1, seq: 4 } } as Block);
  const yours = (nowMs: number) =>
    peers.tick(nowMs).map(({ message }) => message.kind === 'heads' && message.yours);
  assert.deepEqual(yours(RESYNC_MS), [bytes]);
  peers.heads(OTHER, [0, 4, 0, 0], RESYNC_MS);
  assert.deepEqual(yours(2 * RESYNC_MS), [null]);
  frontier[1] = 5;
  assert.deepEqual(yours(3 * RESYNC_MS), [new Uint8Array(1)]);
});

test('what decides a stop cut is asked for by name, once per lane that names it', () => {
  const { peers, admitted } = network();
  const [known, lacked, late, other] = ['aa', 'bb', 'cc', 'dd'] as Digest[];
  admitted.add(known!);
  peers.decided({ kind: 'observer', id: 'x' }, [lacked!], 0);
  assert.deepEqual(wants(peers.tick(100)), [], 'whoever votes not has nothing to say of it');
  peers.decided(OTHER, [known!, lacked!], 100);
  peers.decided(OTHER, [late!], 100);
  peers.decided({ kind: 'lane', lane: 2 }, [other!], 100);
  const [want, ...more] = wants(peers.tick(150));
  assert.deepEqual(more, []);
  assert.deepEqual(want?.digests, [lacked, other]);
});

/** When somebody else is asked, if the one who was asked keeps bringing blocks that were not known, of this place. */
function askedAgainMs(
  place: { readonly lane: LaneId; readonly seq: Seq },
  forger?: LaneId,
): number {
  const { peers, wanted, forgers } = network();
  const asked: PeerId = { kind: 'lane', lane: 2 };
  if (forger !== undefined) forgers.add(forger);
  peers.connected(asked);
  peers.heads(OTHER, [0, 50, 50, 50], 0);
  assert.equal(wants(peers.heads(asked, [0, 50, 50, 999], 0)).length, 1);
  wanted.push({ digest: 'aa' as Digest, lane: 3 as LaneId, from: OTHER });
  peers.waits(0);
  for (let nowMs = 100; ; nowMs += 100) {
    peers.brought(asked, place, nowMs);
    if (wants(peers.tick(nowMs)).length > 0) return nowMs;
  }
}

test('nobody else is asked while an answer comes in, but not for ever', () => {
  const askedMs = askedAgainMs({ lane: 3, seq: 50 });
  assert.ok(askedMs > 19 * RESYNC_MS && askedMs < 22 * RESYNC_MS, String(askedMs));
});

test("no answer are blocks of its own, nor those that nobody or it alone told before it was asked, nor a forger's", () => {
  const places = [
    { lane: 2, seq: 50 },
    { lane: 1, seq: 51 },
    { lane: 3, seq: 51 },
  ];
  const askedMs = places.map((place) => askedAgainMs(place));
  askedMs.push(askedAgainMs({ lane: 3, seq: 50 }, 3));
  for (const ms of askedMs) assert.ok(ms < 3 * RESYNC_MS, JSON.stringify(askedMs));
});

test('heads are old news when they are told again, nothing is lacking and they end no answer', () => {
  const { peers, frontier, wanted } = network();
  const same = [...frontier];
  const ahead = [0, 0, 5, 0];
  assert.ok(peers.isOldNews(OTHER, same));
  assert.ok(!peers.isOldNews(OTHER, ahead));
  peers.heads(OTHER, ahead, 10);
  assert.ok(!peers.isOldNews(OTHER, ahead), 'told once: a beat later it is overdue');
  peers.heads(OTHER, ahead, 20);
  assert.ok(!peers.isOldNews(OTHER, ahead), 'told twice, and lacking here');
  frontier[2] = 5;
  assert.ok(!peers.isOldNews(OTHER, same));
  peers.heads(OTHER, ahead, 30);
  assert.ok(peers.isOldNews(OTHER, ahead));
  wanted.push({ digest: 'aa' as Digest, lane: 2 as LaneId, from: OTHER });
  peers.waits(40);
  assert.equal(wants(peers.tick(100)).length, 1);
  assert.ok(!peers.isOldNews(OTHER, ahead), 'they end the answer');
  peers.heads(OTHER, ahead, 110);
  assert.ok(peers.isOldNews(OTHER, ahead));
  peers.disconnected(OTHER);
  assert.ok(!peers.isOldNews(OTHER, ahead));
});

test('after an answer that let nothing in, everything is asked for, not only what is named', () => {
  const { peers, wanted } = network();
  wanted.push({ digest: 'aa' as Digest, lane: 2 as LaneId, from: OTHER });
  peers.waits(0);
  const nothing = 0xffff_ffff;
  assert.deepEqual(wants(peers.tick(50))[0]?.frontier, [nothing, nothing, 0, nothing]);
  peers.heads(OTHER, [0, 0, 9, 9], 60);
  assert.deepEqual(wants(peers.tick(120))[0]?.frontier, [0, 0, 0, 0]);
});
