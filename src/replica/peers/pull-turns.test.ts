import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network, OTHER, RESYNC_MS } from '../../../test/replica/peer-network.ts';
import type { Digest, LaneId } from '../../types/ids.ts';
import type { PeerId } from '../effects.ts';

test('after an answer all that had more a beat ago take turns, also while blocks of each lane come', () => {
  const { peers, graph, frontier } = network();
  const third: PeerId = { kind: 'lane', lane: 2 };
  const late: PeerId = { kind: 'lane', lane: 3 };
  const ahead = [0, 99, 99, 99];
  peers.connected(late);
  peers.heads(late, [0, 0, 0, 0], 0);
  // What the late one told once is on its way.
  for (const peer of [OTHER, OTHER, late]) assert.deepEqual(peers.heads(peer, ahead, 1), []);
  peers.connected(third);
  const asked: PeerId[] = [];
  let sent = peers.heads(third, ahead, 2);
  for (let nowMs = 3; nowMs < 9; nowMs++) {
    const [to] = sent.flatMap((each) => (each.to === 'all' ? [] : [each.to]));
    assert.ok(to !== undefined, 'somebody is asked at once');
    asked.push(to);
    graph.size++;
    for (const lane of [1, 2, 3]) frontier[lane] = nowMs;
    sent = peers.heads(to, ahead, nowMs);
  }
  assert.deepEqual(asked, [third, OTHER, third, OTHER, third, OTHER]);
});

test('who sent the block that waits is not asked first while it rests', () => {
  const { peers, wanted } = network();
  const third: PeerId = { kind: 'lane', lane: 2 };
  peers.connected(third);
  let nowMs = 0;
  const askedFor = (digest: string) => {
    wanted.splice(0, 1, { digest: digest as Digest, lane: 3 as LaneId, from: OTHER });
    peers.waits(nowMs);
    nowMs += RESYNC_MS;
    return peers.tick(nowMs).find(({ message }) => message.kind === 'want')?.to;
  };
  peers.heads(OTHER, [0, 0, 0, 9], 0);
  assert.deepEqual(askedFor('aa'), OTHER);
  for (let beat = 0; beat < 10; beat++) {
    nowMs += RESYNC_MS;
    peers.brought(OTHER, { lane: 3, seq: 9 }, nowMs);
  }
  peers.heads(OTHER, [0, 0, 0, 0], nowMs);
  assert.deepEqual(askedFor('bb'), third);
});
