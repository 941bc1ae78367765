import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { createMembership } from '../../src/membership/membership.ts';
import { closed } from './hostile.ts';
import { committeeOf, Station, secretOf, WATCHDOG } from './station.ts';

/** Handshakes that somebody on the way, or at the other end, changes, ends, repeats or does not go on with. */

const COMMITTEE = committeeOf(4);
/** More than the bytes of either side until both have proved who they are. */
const HANDSHAKE_BYTES = 260;
const STEP = 11;

type Side = 'from the dialler' | 'to the dialler';
/** What the one on the way does with the byte at this place. */
type Fault = 'changed' | 'the last' | 'held back';

async function listening(t: TestContext, onSocket: (socket: Socket) => void): Promise<Server> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    open.add(socket.on('close', () => open.delete(socket)));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return server;
}

function addressOf(server: Server): string {
  return `/ip4/127.0.0.1/tcp/${(server.address() as { port: number }).port}`;
}

/** Hands on what one side sends, up to a place where it does something else. */
function relay(from: Socket, to: Socket, fault: Fault | null, at: number): void {
  let passed = 0;
  from.on('data', (bytes) => {
    const index = at - passed;
    passed += bytes.length;
    if (fault === null || index < 0 || index >= bytes.length) {
      if (fault !== 'held back' || index >= 0) to.write(bytes);
      return;
    }
    if (fault === 'changed') to.write(bytes.fill(bytes[index]! ^ 0xff, index, index + 1));
    else to.write(bytes.subarray(0, index));
    if (fault === 'the last') to.end();
  });
  // Who is held learns nothing: it has to end it by itself.
  from.on('close', () => fault === 'held back' || to.destroy());
  from.on('error', () => undefined);
}

async function throughFault(t: TestContext, to: Station, side: Side, fault: Fault, at: number) {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const server = await listening(t, (socket) => {
    const onward = connect(to.port, '127.0.0.1');
    onward.on('close', resolve);
    relay(socket, onward, side === 'from the dialler' ? fault : null, at);
    relay(onward, socket, side === 'to the dialler' ? fault : null, at);
  });
  return { server, ended };
}

/** Resolves when there is no connection. */
async function alone({ host }: Station): Promise<void> {
  while (host.node.getConnections().length > 0) await once(host.node as never, 'connection:close');
}

for (const side of ['from the dialler', 'to the dialler'] as const) {
  for (const fault of ['changed', 'the last', 'held back'] as const) {
    test(`P2: no link when a byte ${side} is ${fault}`, WATCHDOG, async (t) => {
      const dialler = await Station.start(t, 'v1', COMMITTEE);
      const dialled = await Station.start(t, 'v0', COMMITTEE);
      const tries: Promise<unknown>[] = [];
      for (let at = 0; at < HANDSHAKE_BYTES; at += STEP) {
        const { server, ended } = await throughFault(t, dialled, side, fault, at);
        // Without a peer id: libp2p joins the dials of one.
        const dial = dialler.host.node.dial(multiaddr(addressOf(server)));
        tries.push(
          dial.then(closed, () => undefined),
          ended,
        );
      }
      await Promise.all(tries);
      await alone(dialled);
      assert.equal(dialled.count('connected') + dialler.count('connected'), 0);
      await dialler.dial(dialled);
      await dialled.until(() => dialled.isLinked(1));
    });
  }
}

test('P2: a handshake that is repeated proves nothing', WATCHDOG, async (t) => {
  const dialler = await Station.start(t, 'v1', COMMITTEE);
  const dialled = await Station.start(t, 'v0', COMMITTEE);
  const said: Buffer[] = [];
  const server = await listening(t, (socket) => {
    const onward = connect(dialled.port, '127.0.0.1');
    socket.on('data', (bytes) => said.push(Buffer.from(bytes)));
    relay(socket, onward, null, 0);
    relay(onward, socket, null, 0);
  });
  await dialler.host.node.dial(multiaddr(addressOf(server)));
  await dialled.until(() => dialled.isLinked(1));
  const before = dialled.count('connected');
  const again = connect(dialled.port, '127.0.0.1').on('error', () => undefined);
  again.resume();
  again.write(Buffer.concat(said));
  await new Promise((resolve) => again.on('close', resolve));
  assert.equal(dialled.count('connected'), before);
  assert.equal(dialled.host.node.getConnections().length, 1);
});

test('P2: a key of a member that is told and not proved is refused', WATCHDOG, async (t) => {
  const station = await Station.start(t, 'v0', COMMITTEE);
  const own = privateKeyFromRaw(secretOf('x'));
  const { publicKey } = privateKeyFromRaw(secretOf('v1'));
  const claiming = Object.create(own, { publicKey: { value: publicKey } }) as typeof own;
  const node = await createLibp2p({
    privateKey: own,
    connectionMonitor: { enabled: false },
    transports: [tcp()],
    connectionEncrypters: [
      (components) => noise()(Object.create(components, { privateKey: { value: claiming } })),
    ],
    streamMuxers: [yamux()],
  });
  t.after(() => node.stop());
  const opened: string[] = [];
  station.host.node.addEventListener('connection:open', ({ detail }) => {
    opened.push(detail.remotePeer.toString());
  });
  // The dialler has nothing to wait for; it is told by the end of its connection, at once or a little later.
  await node.dial(station.host.node.getMultiaddrs()).then(closed, () => undefined);
  assert.deepEqual(opened, []);
});

test(
  'P1: members that stall when they are dialled keep nobody else from being dialled',
  WATCHDOG,
  async (t) => {
    const committee = committeeOf(24);
    const station = await Station.create(t, 'v0', committee);
    const { host } = station;
    const server = await listening(t, () => undefined);
    const bootstrap = host.members
      .slice(1)
      .map(({ peerId }) => `${addressOf(server)}/p2p/${peerId}`);
    const membership = createMembership(host, {
      bootstrap,
      now: () => Date.now(),
      random: () => 0.5,
      backOff: { firstMs: 20, maxMs: 40, stableMs: 5000 },
    });
    t.after(() => membership.stop());
    await membership.start();
    await host.start();
    const dials = () => host.node.getDialQueue();
    while (dials().length < committee.length - 1) await new Promise((next) => setImmediate(next));
    const waiting = dials().filter(({ status }) => status === 'queued');
    assert.deepEqual(waiting, []);
  },
);
