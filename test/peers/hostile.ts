import '../../src/std/polyfill.ts';
import type { TestContext } from 'node:test';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection, Libp2p, MessageStream, PrivateKey, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { type Station, secretOf } from './station.ts';

/** A peer that keeps no rule of ours: plain libp2p, with a hand on its encrypted connection. */
export class Hostile {
  readonly node: Libp2p;
  readonly key: PrivateKey;
  /** Below the muxer: what is sent here the other side reads as yamux frames. */
  readonly encrypted: MessageStream[];

  static async start(t: TestContext, name: string): Promise<Hostile> {
    const key = privateKeyFromRaw(secretOf(name));
    const encrypted: MessageStream[] = [];
    const factory = yamux({ maxOutboundStreams: 10_000 })();
    const node = await createLibp2p({
      privateKey: key,
      // It would end a connection on which nothing is answered any more.
      connectionMonitor: { enabled: false },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [
        () => ({
          protocol: factory.protocol,
          createStreamMuxer: (connection: MessageStream) => {
            encrypted.push(connection);
            return factory.createStreamMuxer(connection);
          },
        }),
      ],
    });
    t.after(() => node.stop());
    return new Hostile(node, key, encrypted);
  }

  constructor(node: Libp2p, key: PrivateKey, encrypted: MessageStream[]) {
    this.node = node;
    this.key = key;
    this.encrypted = encrypted;
  }

  async dial(station: Station): Promise<Connection> {
    return this.node.dial(station.host.node.getMultiaddrs());
  }

  /** A block stream as the rules have it so far: chosen, if the choice is ours. */
  async openBlocks({ host }: Station): Promise<{ connection: Connection; stream: Stream }> {
    return this.openBlocksAt(host.node.getMultiaddrs(), host.protocol('blocks'));
  }

  async openBlocksAt(addresses: readonly Multiaddr[], protocol: string) {
    const connection = await this.node.dial([...addresses]);
    const stream = await connection.newStream(protocol);
    const isChooser = this.node.peerId.toString() < connection.remotePeer.toString();
    if (isChooser) stream.send(Uint8Array.of(0, 0, 0, 0));
    return { connection, stream };
  }
}

/** Resolves when the connection is gone. */
export async function closed(connection: Connection): Promise<void> {
  if (connection.status !== 'open') return;
  await new Promise((resolve) => connection.addEventListener('close', resolve));
}
