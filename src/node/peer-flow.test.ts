import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PeerId } from '../replica/effects.ts';
import { PeerFlow } from './peer-flow.ts';

const MEBIBYTE = 1_048_576;
const peer: PeerId = { kind: 'lane', lane: 1 };
const other: PeerId = { kind: 'lane', lane: 2 };

describe('peer flow', () => {
  function setUp() {
    const events: string[] = [];
    const backlog = { bytes: 0 };
    const resumed = Promise.withResolvers<void>();
    const flow = new PeerFlow({
      pause: (one) => void events.push(`pause ${one.kind === 'lane' ? one.lane : ''}`),
      resume: (one) => {
        events.push(`resume ${one.kind === 'lane' ? one.lane : ''}`);
        resumed.resolve();
      },
      waiting: (one) => (one === peer ? backlog.bytes : 0),
    });
    return { flow, events, backlog, resumed: resumed.promise };
  }

  it('stops reading from a peer with too much under way, and only from that one', () => {
    const { flow, events } = setUp();
    for (let i = 0; i < 12; i += 1) flow.begin(peer, MEBIBYTE);
    flow.begin(other, MEBIBYTE);
    assert.deepEqual(events, ['pause 1']);
    for (let i = 0; i < 9; i += 1) flow.end(peer, MEBIBYTE);
    assert.deepEqual(events, ['pause 1']);
    flow.end(peer, MEBIBYTE);
    assert.deepEqual(events, ['pause 1', 'resume 1']);
  });

  it('waits for the replica, which does not tell when it has caught up', async () => {
    const { flow, events, backlog, resumed } = setUp();
    backlog.bytes = 9 * MEBIBYTE;
    for (const one of [peer, other]) {
      flow.begin(one, 1);
      flow.end(one, 1);
    }
    assert.deepEqual(events, ['pause 1']);
    backlog.bytes = 0;
    await resumed;
    assert.deepEqual(events, ['pause 1', 'resume 1']);
  });
});
