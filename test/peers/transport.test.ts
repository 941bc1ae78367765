import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { committeeOf, lane, linkedPair, Station, WATCHDOG } from './station.ts';

/** A message of this length whose first bytes are its number. */
function numbered(index: number, length = 300): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}

function numbersOf(messages: readonly Uint8Array[]): number[] {
  return messages.map((bytes) => new DataView(bytes.buffer).getUint32(0));
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

test(
  'small messages of one tick leave in few writes, arrive whole and in order',
  WATCHDOG,
  async (t) => {
    const { a, b } = await linkedPair(t);
    const before = a.transport.stats().lanes[1]!.sends;
    for (const index of range(1000)) a.transport.send(lane(1), numbered(index));
    await b.until(() => b.messagesFrom('lane 0').length === 1000);
    assert.deepEqual(numbersOf(b.messagesFrom('lane 0')), range(1000));
    assert.ok(a.transport.stats().lanes[1]!.sends - before <= 10);
  },
);

test('both directions carry large messages beyond every window at once', WATCHDOG, async (t) => {
  const { a, b } = await linkedPair(t);
  for (const index of range(20)) {
    a.transport.send(lane(1), numbered(index, 1_000_000));
    b.transport.send(lane(0), numbered(index, 1_000_000));
  }
  await b.until(() => b.messagesFrom('lane 0').length === 20);
  await a.until(() => a.messagesFrom('lane 1').length === 20);
  assert.deepEqual(numbersOf(b.messagesFrom('lane 0')), range(20));
  assert.deepEqual(numbersOf(a.messagesFrom('lane 1')), range(20));
  assert.equal(a.transport.stats().lanes[1]!.queuedBytes, 0);
});

test(
  'a message of the bound arrives, one byte more ends the link and is reported',
  WATCHDOG,
  async (t) => {
    const { a, b } = await linkedPair(t, { frameBytesMax: 5000 });
    a.transport.send(lane(1), new Uint8Array(5000));
    await b.until(() => b.messagesFrom('lane 0').length === 1);
    a.transport.send(lane(1), new Uint8Array(5001));
    await b.until(() => b.count('misbehaviour', 'lane 0') === 1);
    assert.equal(b.count('disconnected', 'lane 0'), 1);
    await a.until(() => a.count('disconnected', 'lane 1') === 1);
    assert.deepEqual(b.messagesFrom('lane 0').length, 1);
  },
);

test('an empty message breaks the rules', WATCHDOG, async (t) => {
  const { a, b } = await linkedPair(t);
  a.transport.send(lane(1), new Uint8Array(0));
  await b.until(() => b.count('misbehaviour', 'lane 0') === 1);
  assert.equal(b.transport.stats().lanes[0]!.misbehaviours, 1);
});

test(
  'a consumer that pauses is given nothing more, and loses nothing when it resumes',
  WATCHDOG,
  async (t) => {
    const { a, b } = await linkedPair(t);
    b.onMessage = (peer) => {
      if (b.messagesFrom('lane 0').length === 4) b.transport.pause(peer);
    };
    // 20 MB: five times what the stream may buffer unread.
    for (const index of range(200)) a.transport.send(lane(1), numbered(index, 100_000));
    await b.until(() => b.messagesFrom('lane 0').length === 5);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(b.messagesFrom('lane 0').length, 5);
    assert.ok(a.transport.stats().lanes[1]!.queuedBytes > 10_000_000);
    // Stop and go after every tenth message from here on.
    b.onMessage = (peer) => {
      if (b.messagesFrom('lane 0').length % 10 !== 0) return;
      b.transport.pause(peer);
      setImmediate(() => b.transport.resume(peer));
    };
    b.transport.resume(lane(0));
    await b.until(() => b.messagesFrom('lane 0').length === 200);
    assert.deepEqual(numbersOf(b.messagesFrom('lane 0')), range(200));
    assert.equal(b.count('disconnected'), 0);
  },
);

test(
  'P6: a peer that does not read ends its link when its queue is full; memory stays bounded',
  WATCHDOG,
  async (t) => {
    const { a, b } = await linkedPair(t, { queueBytesMax: 8_000_000 });
    b.transport.pause(lane(0));
    const message = new Uint8Array(100_000);
    let most = 0;
    for (let sent = 0; sent < 2000 && a.isLinked(1); sent += 1) {
      a.transport.send(lane(1), message);
      most = Math.max(most, a.transport.stats().lanes[1]!.queuedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(a.isLinked(1), false);
    assert.equal(a.transport.stats().lanes[1]!.overflows, 1);
    assert.ok(most <= 8_000_000);
    assert.equal(a.transport.stats().lanes[1]!.queuedBytes, 0);
    await b.until(() => b.count('disconnected', 'lane 0') === 1);
  },
);

test(
  'P22: when both dial at once exactly one link survives, and it works both ways',
  WATCHDOG,
  async (t) => {
    const committee = committeeOf(4);
    for (let round = 0; round < 5; round += 1) {
      const a = await Station.start(t, 'v0', committee);
      const b = await Station.start(t, 'v1', committee);
      await Promise.allSettled([a.dial(b), b.dial(a), a.dial(b)]);
      // Whatever is sent on the surviving link arrives: each side repeats its message on every new link.
      const stations = [a, b] as const;
      for (const [index, station] of stations.entries()) {
        const other = stations[1 - index]!;
        await station.until(() => station.isLinked(1 - index) && other.isLinked(index));
      }
      await settled(a, b);
      for (const station of stations) {
        assert.equal(station.count('connected') - station.count('disconnected'), 1);
        assert.equal(station.host.node.getConnections().length, 1);
      }
      a.transport.send(lane(1), numbered(7));
      b.transport.send(lane(0), numbered(8));
      await b.until(() => numbersOf(b.messagesFrom('lane 0')).includes(7));
      await a.until(() => numbersOf(a.messagesFrom('lane 1')).includes(8));
      await Promise.all([a.stop(), b.stop()]);
    }
  },
);

/** Both have one and the same connection left. */
async function settled(a: Station, b: Station): Promise<void> {
  const ports = (station: Station): string[] =>
    station.host.node.getConnections().map((each) => `${each.direction} ${each.status}`);
  for (;;) {
    const [left, right] = [ports(a), ports(b)];
    const isOne = left.length === 1 && right.length === 1 && left[0] !== right[0];
    if (isOne && a.isLinked(1) && b.isLinked(0)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test(
  'a peer that stops and comes back is disconnected, then connected on a new link',
  WATCHDOG,
  async (t) => {
    const { a, b } = await linkedPair(t);
    await b.stop();
    await a.until(() => a.count('disconnected', 'lane 1') === 1);
    a.transport.send(lane(1), numbered(1));
    assert.equal(a.transport.stats().undelivered, 1);
    const again = await Station.start(t, 'v1', committeeOf(4));
    await again.dial(a);
    await a.until(() => a.count('connected', 'lane 1') === 2);
    a.transport.send(lane(1), numbered(2));
    await again.until(() => again.count('message') === 1);
    assert.deepEqual(numbersOf(again.messagesFrom('lane 0')), [2]);
  },
);

test('a link can be cut', WATCHDOG, async (t) => {
  const { a, b } = await linkedPair(t);
  a.transport.disconnect(lane(1));
  assert.equal(a.count('disconnected', 'lane 1'), 1);
  await b.until(() => b.count('disconnected', 'lane 0') === 1);
});

test(
  'messages held back for a wide area keep their order and their distance',
  WATCHDOG,
  async (t) => {
    const { a, b } = await linkedPair(t, { delayMs: () => 150 });
    const sentAt = performance.now();
    a.transport.send(lane(1), numbered(0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    a.transport.send(lane(1), numbered(1));
    await b.until(() => b.messagesFrom('lane 0').length === 2);
    assert.ok(performance.now() - sentAt >= 149);
    assert.deepEqual(numbersOf(b.messagesFrom('lane 0')), [0, 1]);
  },
);

test('an address that is taken is told at the start', WATCHDOG, async (t) => {
  const { port } = await Station.start(t, 'v0', committeeOf(4));
  const listen = [`/ip4/127.0.0.1/tcp/${port}`];
  const second = await Station.create(t, 'v1', committeeOf(4), {}, { listen });
  await assert.rejects(second.host.start(), /EADDRINUSE/);
});

test(
  'a member of another version is refused, and both sides say what the other speaks',
  WATCHDOG,
  async (t) => {
    const committee = committeeOf(4);
    const old = await Station.start(t, 'v0', committee);
    const young = await Station.start(t, 'v1', committee, {}, { protocolVersion: 2 });
    const same = await Station.start(t, 'v2', committee);
    for (const [from, to, lane] of [
      [old, young, 'lane 1'],
      [young, old, 'lane 0'],
    ] as const) {
      // A connection that is being closed would be taken for one.
      while (from.host.node.getConnections().length > 0) await sleep(10);
      await from.dial(to);
      await from.until(() => from.count('foreign', lane) === 1);
      const [told] = from.seen.filter((each) => each.kind === 'foreign');
      assert.ok(told?.protocols.includes(to.host.protocol('blocks')), JSON.stringify(told));
      assert.ok(!told?.protocols.includes(from.host.protocol('blocks')));
    }
    assert.equal(old.count('connected', 'lane 1') + young.count('connected', 'lane 0'), 0);
    await old.dial(same);
    await old.until(() => old.isLinked(2));
    assert.equal(old.count('misbehaviour'), 0);
  },
);
