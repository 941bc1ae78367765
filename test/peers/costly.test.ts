import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { NETWORK_LIMITS } from '../../src/types/limits.ts';
import { closed, Hostile } from './hostile.ts';
import { DATA, data, frame, PING, RST, SYN, WINDOW } from './raw-peer.ts';
import { committeeOf, Station, WATCHDOG } from './station.ts';

/** What costs who reads it more than who sends it, below the messages: docs/proof/attacks.md. */

const COMMITTEE = committeeOf(4);
const STRANGER_MOST = 2 * NETWORK_LIMITS.strangerFramesBurst.value;
/** In one message of noise. */
const FRAMES_MAX = 5000;
/** The names of a protocol that has none, and a line feed. */
const NAMELESS = Uint8Array.of(1, 10);

/** Sends so many frames on a linked connection, and reads no answer. */
async function flood(
  t: Parameters<typeof Hostile.start>[0],
  station: Station,
  name: string,
  count: number,
  nth: (n: number) => Buffer,
) {
  const hostile = await Hostile.start(t, name);
  const { connection, stream } = await hostile.openBlocks(station);
  await station.until(() => station.count('connected') > 0);
  // To its own muxer the answers would be an error.
  Object.assign((connection as unknown as { muxer: object }).muxer, { onData: () => undefined });
  const frames = Array.from({ length: count }, (_, n) => nth(n));
  for (let at = 0; at < count; at += FRAMES_MAX) {
    hostile.encrypted[0]!.send(Buffer.concat(frames.slice(at, at + FRAMES_MAX)));
  }
  return { connection, stream, raw: hostile.encrypted[0]! };
}

test('P25: who floods the muxer with pings is cut off', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  // What it earns meanwhile is spent too.
  const pings = await flood(t, station, 'x', 60 * STRANGER_MOST, (n) => frame(PING, SYN, 0, n));
  await closed(pings.connection);
  assert.equal(station.host.turnedAway().cut, 1);
});

test(
  'P5: who opens and resets streams is cut off, before it has opened many',
  WATCHDOG,
  async (t) => {
    const station = await Station.start(t, 'v0', COMMITTEE);
    let opened = 0;
    station.host.node.addEventListener('connection:open', ({ detail }) => {
      const { muxer } = detail as unknown as { muxer: EventTarget };
      muxer.addEventListener('stream', () => {
        opened += 1;
      });
    });
    const { connection } = await flood(t, station, 'v1', FRAMES_MAX, (n) =>
      frame(WINDOW, SYN | RST, 2 * n + 1001, 0),
    );
    await closed(connection);
    assert.equal(station.host.turnedAway().cut, 1);
    assert.ok(opened < FRAMES_MAX / 2, `${opened} were opened`);
  },
);

test('a member over its allowance is read more slowly, and not cut off', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const most = NETWORK_LIMITS.framesBurst.value + FRAMES_MAX;
  const pings = await flood(t, station, 'v1', most - 1000, (n) => frame(PING, SYN, 0, n));
  // The block stream has its turn after all of them.
  const message = Buffer.from([0, 0, 0, 1, 7]);
  pings.raw.send(data(Number(pings.stream.id), message));
  await station.until(() => station.count('message', 'lane 1') === 1);
  assert.equal(station.host.turnedAway().cut, 0);
});

test('a stream on which no protocol is ever agreed on ends its connection', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const most = NETWORK_LIMITS.negotiationBytesMax.value;
  const names = Buffer.concat(Array.from({ length: most }, () => NAMELESS));
  const { connection } = await flood(t, station, 'v1', 1, () => data(1001, names, SYN));
  await closed(connection);
  assert.equal(station.host.turnedAway().cut, 1);
});

test('P1: a handshake in which no protocol is ever agreed on is ended', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const socket = connect(station.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answered = 0;
  socket.on('data', (bytes) => {
    answered += bytes.length;
  });
  const most = NETWORK_LIMITS.handshakeBytesMax.value;
  socket.write(Buffer.concat(Array.from({ length: most }, () => NAMELESS)));
  await new Promise((resolve) => socket.on('close', resolve));
  assert.equal(station.host.turnedAway().cut, 1);
  // Each name is answered with four bytes.
  assert.ok(answered <= 2 * most, `${answered} bytes of answers`);
});

test('messages of one byte, of a frame that is never whole, are counted', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const { connection, raw } = await flood(t, station, 'x', 1, () => frame(DATA, 0, 1001, 200_000));
  for (let n = 0; n < FRAMES_MAX; n += 1) raw.send(Uint8Array.of(0));
  await closed(connection);
  assert.equal(station.host.turnedAway().cut, 1);
});

test('a stream for pings brings one answer', WATCHDOG, async (t) => {
  // Nothing but the handler of pings ends the stream.
  const station = await Station.start(t, 'v0', COMMITTEE, { linklessMs: 3_600_000 });
  const hostile = await Hostile.start(t, 'x');
  const connection = await hostile.dial(station);
  const stream = await connection.newStream('/ipfs/ping/1.0.0');
  const ended = new Promise((resolve) => stream.addEventListener('close', resolve));
  let answered = 0;
  await new Promise((resolve) => {
    stream.addEventListener('message', ({ data }) => {
      answered += data.byteLength;
      resolve(answered);
    });
    stream.send(new Uint8Array(32));
  });
  stream.send(Uint8Array.of(7));
  await ended;
  assert.equal(answered, 32);
});
