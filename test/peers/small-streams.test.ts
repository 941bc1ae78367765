import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { NETWORK_LIMITS } from '../../src/types/limits.ts';
import { closed } from './hostile.ts';
import { ACK, DATA, data, frame, lines, PING, RawPeer, SYN, WINDOW } from './raw-peer.ts';
import { committeeOf, Station, WATCHDOG } from './station.ts';

/** Streams beside that of blocks, of peers that write their frames by hand. */

const COMMITTEE = committeeOf(4);
const MULTISTREAM = '/multistream/1.0.0';
const IDENTIFY = '/ipfs/id/1.0.0';
/** A length, by its bytes, that does not end. */
const ENDLESS = Buffer.alloc(32_768, 0x80);

async function rawPeer(t: TestContext, station: Station, name: string): Promise<RawPeer> {
  return RawPeer.dial(t, name, station.host.node.getMultiaddrs());
}

test('P19: nobody that connects is asked who he is', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const peer = await rawPeer(t, station, 'x');
  const opened: number[] = [];
  await new Promise<void>((resolve) => {
    peer.onFrame = ({ kind, flags, stream }) => {
      if (kind === WINDOW && flags === SYN) opened.push(stream);
      if (kind === PING && flags === ACK) resolve();
    };
    peer.send(frame(PING, SYN, 0, 1));
  });
  assert.deepEqual(opened, []);
});

test('P7: a length without end in an answer ends the connection', WATCHDOG, async (t) => {
  for (const first of [Buffer.alloc(0), lines(MULTISTREAM)]) {
    const station = await Station.start(t, 'v0', COMMITTEE);
    const peer = await rawPeer(t, station, 'v1');
    peer.onFrame = ({ kind, flags, stream }) => {
      if (kind !== WINDOW || flags !== SYN) return;
      peer.onFrame = () => undefined;
      peer.send(frame(WINDOW, ACK, stream, 0), data(stream, first), data(stream, ENDLESS));
    };
    await closed(peer.connection);
    assert.equal(station.host.turnedAway().cut, 1);
  }
});

test('P7: a length without end of who is dialled ends the dial', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(ENDLESS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  await assert.rejects(station.host.node.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}`)));
  assert.equal(station.host.turnedAway().cut, 1);
});

test('P5: a stream that nobody reads brings little, in few pieces', WATCHDOG, async (t) => {
  const { smallStreamBytesMax, smallStreamFramesMax } = NETWORK_LIMITS;
  const floods: [Uint8Array, number][] = [
    [Uint8Array.of(0), smallStreamFramesMax.value],
    [new Uint8Array(smallStreamBytesMax.value / 4), 4],
  ];
  for (const [piece, most] of floods) {
    const station = await Station.start(t, 'v0', COMMITTEE);
    const peer = await rawPeer(t, station, 'x');
    // Identify says who we are, and hears nothing.
    await new Promise<void>((resolve) => {
      peer.onFrame = ({ kind, body }) => {
        if (kind === DATA && Buffer.from(body).includes(IDENTIFY)) resolve();
      };
      peer.send(frame(WINDOW, SYN, 1, 0), data(1, lines(MULTISTREAM, IDENTIFY)));
    });
    for (let n = 0; n < most; n += 1) peer.send(data(1, piece));
    await closed(peer.connection);
    assert.equal(station.host.turnedAway().cut, 1);
  }
});

test('P19: of what a member says it speaks only the beginning is read', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const other = await Station.start(t, 'v1', COMMITTEE, {}, { protocolVersion: 2 });
  const most = NETWORK_LIMITS.identifyBytesMax.value;
  const [spoken, beyond] = ['/althing/2/one', '/althing/2/two'];
  const answer = Buffer.concat([lines(spoken), Buffer.alloc(most), lines(beyond)]);
  // It stays open.
  const handler = (stream: { send(bytes: Uint8Array): boolean }) => void stream.send(answer);
  await other.host.node.handle(IDENTIFY, handler, { force: true });
  await station.dial(other);
  await station.until(() => station.count('foreign') === 1);
  const [told] = station.seen.filter((each) => each.kind === 'foreign');
  assert.deepEqual(told?.protocols, [`${spoken}\n`]);
});
