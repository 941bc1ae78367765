import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { NETWORK_LIMITS } from '../../src/types/limits.ts';
import { SECOND_HOST, withoutSecondHost } from '../system/second-host.ts';
import { closed, Hostile } from './hostile.ts';
import { committeeOf, lane, Station, WATCHDOG } from './station.ts';

const COMMITTEE = committeeOf(4);

/** It still links and talks with a correct member. */
async function assertWorks(
  t: Parameters<typeof Station.start>[0],
  station: Station,
): Promise<void> {
  const member = await Station.start(t, 'v3', COMMITTEE);
  await member.dial(station);
  await member.until(() => member.isLinked(0));
  member.transport.send(lane(0), Uint8Array.of(1));
  await station.until(() => station.count('message', 'lane 3') > 0);
}

test('P1: whatever talks something else on the port is dropped in time', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const openings = [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.from('16030100a50100', 'hex'),
    Buffer.alloc(200_000, 7),
    Buffer.from('132f6d756c746973747265616d2f312e302e300a', 'hex'),
    // A key of small order in the first message of noise: what is agreed on with it is no secret.
    Buffer.from(
      `132f6d756c746973747265616d2f312e302e300a072f6e6f6973650a0020${'00'.repeat(32)}`,
      'hex',
    ),
    Buffer.alloc(0),
  ];
  const ends = openings.map(async (bytes) => {
    const socket = connect(station.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.on('close', resolve));
  });
  await Promise.all(ends);
  await assertWorks(t, station);
});

test('P2: a connection to the wrong key is refused', WATCHDOG, async (t) => {
  const a = await Station.start(t, 'v0', COMMITTEE);
  const b = await Station.start(t, 'v1', COMMITTEE);
  const { peerId } = a.host.members[2]!;
  await assert.rejects(a.host.node.dial(multiaddr(`/ip4/127.0.0.1/tcp/${b.port}/p2p/${peerId}`)));
  assert.equal(a.host.node.getConnections().length, 0);
});

test(
  'P7: a frame length of 4 GiB ends the connection and allocates nothing',
  WATCHDOG,
  async (t) => {
    const station = await Station.start(t, 'v0', COMMITTEE);
    const hostile = await Hostile.start(t, 'v1');
    const { connection, stream } = await hostile.openBlocks(station);
    await station.until(() => station.isLinked(1));
    const before = process.memoryUsage().arrayBuffers;
    stream.send(Uint8Array.of(255, 255, 255, 255));
    await closed(connection);
    await station.until(() => station.count('misbehaviour', 'lane 1') === 1);
    assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
    assert.equal(station.count('disconnected', 'lane 1'), 1);
    await assertWorks(t, station);
  },
);

test('P25: a muxer frame of 4 GiB is not gathered', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const hostile = await Hostile.start(t, 'v1');
  const { connection } = await hostile.openBlocks(station);
  const raw = hostile.encrypted[0]!;
  // Version 0, data, no flags, stream 1, length 2^32-1.
  raw.send(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255]));
  const filler = new Uint8Array(1_000_000);
  let sent = 0;
  while (connection.status === 'open' && sent < 400) {
    sent += raw.send(filler) ? 1 : 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(sent < 100, `${sent} MB were taken`);
  await assertWorks(t, station);
});

test('P8, O9: an unknown protocol is refused, the connection goes on', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const hostile = await Hostile.start(t, 'v1');
  const connection = await hostile.dial(station);
  await assert.rejects(connection.newStream('/althing/2/whatever/blocks'));
  await assert.rejects(connection.newStream('/althing/1/0000000000000000/blocks'));
  const stream = await connection.newStream(station.host.protocol('blocks'));
  assert.equal(stream.status, 'open');
});

test(
  'P3: a stranger on the block stream is an observer, and observers are bounded',
  WATCHDOG,
  async (t) => {
    const station = await Station.start(t, 'v0', COMMITTEE, {}, { observersMax: 2 });
    const strangers = await Promise.all(['x', 'y', 'z'].map((name) => Hostile.start(t, name)));
    for (const stranger of strangers.slice(0, 2)) {
      await stranger.openBlocks(station);
      const id = stranger.node.peerId.toString();
      await station.until(() => station.count('connected', id) > 0);
    }
    await assert.rejects(strangers[2]!.openBlocks(station));
    assert.equal(station.transport.stats().observers.connected, 2);
    await assertWorks(t, station);
  },
);

test('P4: one peer holds at most so many connections', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const most = NETWORK_LIMITS.connectionsPerPeerMax.value;
  // Several processes with one key: libp2p itself keeps one connection per address.
  const twins = Array.from({ length: most + 2 }, () => Hostile.start(t, 'v1'));
  for (const twin of await Promise.all(twins)) {
    await twin.dial(station).then(closedOrUsable, () => undefined);
  }
  assert.equal(station.host.node.getConnections().length, most);
  await assertWorks(t, station);
});

/** The dialler believes in its connection before the other side has let it in: a ping tells. */
async function closedOrUsable(connection: Connection): Promise<void> {
  await connection.newStream('/ipfs/ping/1.0.0').catch(() => undefined);
}

test('P5: streams beyond the bound are reset', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const hostile = await Hostile.start(t, 'v1');
  const connection = await hostile.dial(station);
  const signal = AbortSignal.timeout(1000);
  const opened = Array.from({ length: 200 }, () =>
    connection.newStream('/ipfs/ping/1.0.0', { signal, maxOutboundStreams: 10_000 }),
  );
  const results = await Promise.allSettled(opened);
  const accepted = results.filter((each) => each.status === 'fulfilled').length;
  assert.ok(accepted <= NETWORK_LIMITS.streamsMax.value);
  const streams = station.host.node.getConnections().flatMap((each) => each.streams);
  assert.ok(streams.length <= 2 * NETWORK_LIMITS.streamsMax.value);
  await assertWorks(t, station);
});

test('the side that was dialled may not open the block stream', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const dialled = await Station.start(t, 'v2', COMMITTEE);
  await dialled.host.node.dial(station.host.node.getMultiaddrs());
  await station.until(() => station.isLinked(2));
  const [back] = station.host.node.getConnections(dialled.host.node.peerId);
  await dialled.until(() => dialled.isLinked(0));
  await back!.newStream(station.host.protocol('blocks')).catch(() => undefined);
  await dialled.until(() => dialled.count('misbehaviour', 'lane 0') === 1);
});

// Long enough for an honest peer to open its stream on a busy machine: the same bound holds for both.
test('P5: a connection without a block stream is closed', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE, { linklessMs: 1500 });
  const hostile = await Hostile.start(t, 'v1');
  await closed(await hostile.dial(station));
  await assertWorks(t, station);
});

test('P21, N4: a peer that comes and goes leaves nothing behind', WATCHDOG, async (t) => {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const station = await Station.start(t, 'v0', COMMITTEE);
  const stranger = await Hostile.start(t, 'x');
  for (let round = 1; round <= 30; round += 1) {
    const { connection } = await stranger.openBlocks(station);
    connection.abort(new Error('gone'));
  }
  await station.until(() => station.count('connected') === station.count('disconnected'));
  assert.equal(station.transport.stats().observers.connected, 0);
  assert.deepEqual(warnings, []);
  await assertWorks(t, station);
});

test('P21: a flood of connections of one host is turned away before its handshakes', {
  ...WATCHDOG,
  skip: withoutSecondHost,
}, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const count = NETWORK_LIMITS.connectionsBurst.value + 100;
  const answered: number[] = [];
  const ends = Array.from({ length: count }, async () => {
    const socket = connect({ port: station.port, host: '127.0.0.1', localAddress: SECOND_HOST });
    socket.on('error', () => undefined);
    // Whoever is let in is greeted back.
    socket.once('data', () => {
      answered.push(performance.now());
      socket.destroy();
    });
    socket.write(Buffer.from('132f6d756c746973747265616d2f312e302e300a', 'hex'));
    await new Promise((resolve) => socket.on('close', resolve));
  });
  await Promise.all(ends);
  assert.equal(station.host.turnedAway().refused + answered.length, count);
  assert.ok(station.host.turnedAway().refused > 50);
  // One by one, not all at once.
  const tookMs = (answered.at(-1) ?? 0) - (answered[0] ?? 0);
  assert.ok(tookMs > (answered.length * NETWORK_LIMITS.connectionsSpacingMs.value) / 2);
  await assertWorks(t, station);
});
