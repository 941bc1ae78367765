import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import crypto, { randomBytes } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import { Uint8ArrayList } from 'uint8arraylist';
import {
  type Ciphers,
  decodeByPieces,
  type NoiseConnection,
  quickCiphers,
  type TcpConnection,
  writeWhole,
} from './noise-messages.ts';
import { quickNoise } from './quick-noise.ts';
import { Tolls } from './tolls.ts';

const ECHO = '/echo';
const SIZES = [1, 17, 511, 512, 513, 1199, 1200, 65_519, 65_520, 200_000];

async function nodeWith(t: TestContext, encrypter: ReturnType<typeof noise>): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [encrypter],
    streamMuxers: [yamux()],
  });
  t.after(() => node.stop());
  return node;
}

/** Sends and waits until as much has come back. */
async function echoed(stream: Stream, bytes: Uint8Array): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let missing = bytes.length;
  const back = new Promise<void>((resolve) => {
    stream.addEventListener('message', function take({ data }) {
      parts.push(data.slice());
      missing -= data.byteLength;
      if (missing > 0) return;
      stream.removeEventListener('message', take);
      resolve();
    });
  });
  stream.send(bytes);
  await back;
  return Buffer.concat(parts);
}

for (const [name, one, other] of [
  ['as initiator', quickNoise(new Tolls()), noise()],
  ['as responder', noise(), quickNoise(new Tolls())],
  ['with itself', quickNoise(new Tolls()), quickNoise(new Tolls())],
] as const) {
  test(`what is sent arrives, of every size, ${name}`, { timeout: 60_000 }, async (t) => {
    const [from, to] = [await nodeWith(t, one), await nodeWith(t, other)];
    await to.handle(ECHO, (stream) => {
      stream.addEventListener('message', ({ data }) => stream.send(data));
    });
    const stream = await from.dialProtocol(to.getMultiaddrs(), ECHO);
    for (const size of SIZES) {
      const bytes = randomBytes(size);
      assert.deepEqual(await echoed(stream, bytes), bytes);
    }
  });
}

test('a message leaves in one write, its length with it', { timeout: 60_000 }, async (t) => {
  const [from, to] = [
    await nodeWith(t, quickNoise(new Tolls())),
    await nodeWith(t, quickNoise(new Tolls())),
  ];
  await to.handle(ECHO, (stream) => {
    stream.addEventListener('message', ({ data }) => stream.send(data));
  });
  const stream = await from.dialProtocol(to.getMultiaddrs(), ECHO);
  await echoed(stream, randomBytes(10));
  const writes = noteWrites(t);
  for (const size of [100, 1000, 20_000]) {
    await echoed(stream, randomBytes(size));
    // Yamux puts 12 bytes before what it is given, noise a length before and a tag behind.
    const whole = writes.splice(0).filter((bytes) => bytes === 2 + 12 + size + 16);
    assert.equal(whole.length, 2);
  }
});

/** Bytes of each write of any socket. */
function noteWrites(t: TestContext): number[] {
  const writes: number[] = [];
  const { _write, _writev } = Socket.prototype;
  t.after(() => Object.assign(Socket.prototype, { _write, _writev }));
  Socket.prototype._write = function (chunk: Uint8Array, ...rest) {
    writes.push(chunk.byteLength);
    _write.call(this, chunk, ...rest);
  };
  Socket.prototype._writev = function (chunks, done) {
    writes.push(chunks.reduce((sum, { chunk }) => sum + (chunk as Uint8Array).byteLength, 0));
    _writev?.call(this, chunks, done);
  };
  return writes;
}

/** `begun`: what the decoder before has kept of a message. */
function decoding(begun: Uint8Array | Uint8ArrayList = new Uint8ArrayList()): NoiseConnection {
  const connection = { decoder: { buffer: begun, decode: () => [] } };
  decodeByPieces(connection, () => undefined);
  return connection;
}

/** As noise writes it. */
function withLength(message: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 0xff), message]);
}

test('messages are found however their bytes arrive', () => {
  const connection = decoding();
  const messages = [1, 0, 300, 65_535, 2].map((size) => randomBytes(size));
  const stream = Buffer.concat(messages.map(withLength));
  for (const step of [1, 2, 3, 301, 40_000, stream.length]) {
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += step) {
      const piece = stream.subarray(at, at + step);
      const half = piece.length >> 1;
      // As libp2p gives it: in one piece, or in a list of several.
      const data =
        step % 2 === 0 ? piece : new Uint8ArrayList(piece.subarray(0, half), piece.subarray(half));
      for (const message of connection.decoder.decode(data)) found.push(message.slice());
    }
    assert.deepEqual(
      found.map((one) => Buffer.from(one)),
      messages.filter(({ length }) => length > 0),
    );
  }
});

test('messages that arrive in many pieces are joined once each, as their lengths are', (t) => {
  const { decoder } = decoding();
  const bytes = Buffer.concat([1000, 2000].map((size) => withLength(randomBytes(size))));
  const joins = t.mock.method(Buffer, 'concat');
  const found = [...bytes].flatMap((_, at) => [...decoder.decode(bytes.subarray(at, at + 1))]);
  assert.equal(found.length, 2);
  assert.equal(joins.mock.callCount(), 4);
});

/** Bytes of who dials before the last message of its handshake: two lines of multistream, noise's first message. */
const OPENING = 1 + '/multistream/1.0.0\n'.length + 1 + '/noise\n'.length + 2 + 32;

/** A way to the node on which the end of a handshake arrives with the beginning of the message behind it. */
async function lumpingWayTo(t: TestContext, node: Libp2p): Promise<Multiaddr> {
  const [to = ''] = node.getMultiaddrs().map(String);
  const port = Number(/tcp\/(\d+)/.exec(to)?.[1]);
  const way = createServer((near) => {
    const far = connect(port, '127.0.0.1').setNoDelay();
    far.pipe(near);
    let passed = 0;
    let held: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    const pass = (bytes: number) => {
      far.write(held.subarray(0, bytes));
      passed += Math.min(bytes, held.length);
      held = held.subarray(bytes);
    };
    near.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      if (passed < OPENING) pass(OPENING - passed);
      if (passed > OPENING || held.length < 2) return;
      const lump = 2 + held.readUInt16BE() + 10;
      if (held.length <= lump) return;
      pass(lump);
      setTimeout(() => {
        pass(held.length);
        near.removeAllListeners('data').pipe(far);
      }, 50);
    });
    for (const socket of [near, far]) {
      socket.on('error', () => undefined).on('close', () => near.destroy() && far.destroy());
    }
  });
  await new Promise<void>((listening) => way.listen(0, '127.0.0.1', listening));
  t.after(() => way.close());
  return multiaddr(to.replace(`tcp/${port}`, `tcp/${(way.address() as AddressInfo).port}`));
}

test('a message that begins with the end of the handshake is not lost', {
  timeout: 60_000,
}, async (t) => {
  const [from, to] = [await nodeWith(t, noise()), await nodeWith(t, quickNoise(new Tolls()))];
  await to.handle(ECHO, (stream) => {
    stream.addEventListener('message', ({ data }) => stream.send(data));
  });
  const stream = await from.dialProtocol(await lumpingWayTo(t, to), ECHO);
  const bytes = randomBytes(1000);
  assert.deepEqual(await echoed(stream, bytes), bytes);
});

test('both ends find messages so, whoever dials', { timeout: 60_000 }, async (t) => {
  const secured: NoiseConnection[] = [];
  const noted: typeof quickNoise = (tolls) => (components) => {
    const encrypter = quickNoise(tolls)(components);
    const { secureInbound, secureOutbound } = encrypter;
    const note = async (made: ReturnType<typeof secureInbound>) => {
      secured.push((await made).connection as unknown as NoiseConnection);
      return made;
    };
    encrypter.secureInbound = (...given) => note(secureInbound(...given));
    encrypter.secureOutbound = (...given) => note(secureOutbound(...given));
    return encrypter;
  };
  const [from, to] = [await nodeWith(t, noted(new Tolls())), await nodeWith(t, noted(new Tolls()))];
  await from.dial(to.getMultiaddrs());
  // Who dials is done first.
  while (secured.length < 2) await new Promise(setImmediate);
  const ours = decoding().decoder.constructor;
  assert.deepEqual(
    secured.map(({ decoder }) => decoder.constructor),
    [ours, ours],
  );
});

test('a socket that does not drain is given two messages and no more', () => {
  const socket = {
    writableLength: 0,
    cork() {},
    uncork() {},
    write: (part: Uint8Array) => {
      socket.writableLength += part.length;
      return socket.writableLength < 65_536;
    },
  };
  const connection = { socket } as unknown as TcpConnection;
  writeWhole(connection);
  const backlog = new Uint8ArrayList(...Array.from({ length: 40 }, () => new Uint8Array(50_000)));
  assert.deepEqual(connection.sendData(backlog), { sentBytes: 150_000, canSendMore: false });
});

test('a key is made known to OpenSSL once', (t) => {
  const made = t.mock.method(crypto, 'createSecretKey');
  syncBuiltinESMExports();
  const { encrypt, decrypt } = quickCiphers({} as Ciphers);
  const [key, nonce, context] = [randomBytes(32), new Uint8Array(12), new Uint8Array(0)];
  for (let n = 0; n < 3; n += 1) {
    decrypt(encrypt(randomBytes(1000), nonce, context, key), nonce, context, key);
  }
  assert.equal(made.mock.callCount(), 1);
  made.mock.restore();
  syncBuiltinESMExports();
});

test('what was sealed is opened, and refused when it was changed', () => {
  const none = () => assert.fail('too long for the small one');
  const { encrypt, decrypt } = quickCiphers({ encrypt: none, decrypt: none } as Ciphers);
  const [key, nonce, context] = [randomBytes(32), new Uint8Array(12), new Uint8Array(0)];
  const message = randomBytes(1000);
  const sealed = Buffer.from(encrypt(message, nonce, context, key).subarray());
  assert.deepEqual(Buffer.from(decrypt(sealed, nonce, context, key).subarray()), message);
  for (const at of [0, 999, 1000, 1015]) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    assert.throws(() => decrypt(changed, nonce, context, key));
  }
  assert.throws(() => decrypt(sealed, nonce, context, randomBytes(32)));
});
