import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PeerId } from '../../replica/effects.ts';
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

  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

  it('stops reading from a peer with too much under way, and only from that one', async () => {
    const { flow, events } = setUp();
    for (let i = 0; i < 12; i += 1) flow.begin(peer, MEBIBYTE);
    flow.begin(other, 1);
    await nextTurn();
    assert.deepEqual(events, ['pause 1']);
    for (let i = 0; i < 9; i += 1) flow.end(peer, MEBIBYTE);
    assert.deepEqual(events, ['pause 1']);
    flow.end(peer, MEBIBYTE);
    assert.deepEqual(events, ['pause 1', 'resume 1']);
  });

  it('reads so many small messages of a peer in one turn of the event loop', async () => {
    const { flow, events } = setUp();
    for (let turn = 1; turn <= 3; turn += 1) {
      let read = 0;
      for (; events.length < 2 * turn - 1; read += 1) {
        flow.begin(peer, 1);
        flow.end(peer, 1);
      }
      assert.equal(read, 257);
      flow.begin(other, 1);
      await nextTurn();
      assert.equal(events.at(-1), 'resume 1');
    }
    assert.ok(!events.includes('pause 2'));
  });

  it('lets strangers have one turn together', async () => {
    const { flow, events } = setUp();
    for (let i = 0; i < 257; i += 1) flow.begin({ kind: 'observer', id: `${i % 32}` }, 1);
    assert.equal(events.length, 1);
    flow.begin({ kind: 'observer', id: 'one more' }, 1);
    assert.equal(events.length, 2);
    await nextTurn();
    assert.equal(events.filter((event) => event.startsWith('resume')).length, 2);
  });

  it('goes on where a peer that was full in its turn has little under way', async () => {
    const { flow, events } = setUp();
    for (let i = 0; i < 4; i += 1) flow.begin(peer, MEBIBYTE);
    assert.deepEqual(events, ['pause 1']);
    await nextTurn();
    // Less than what makes it full: nobody waits for the rest.
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

  it('does not look again at what a node that has stopped will never step', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { flow, events, backlog } = setUp();
    backlog.bytes = 9 * MEBIBYTE;
    flow.begin(peer, 1);
    flow.close();
    flow.end(peer, 1);
    backlog.bytes = 0;
    t.mock.timers.tick(1000);
    assert.deepEqual(events, ['pause 1']);
  });
});
