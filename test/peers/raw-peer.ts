import '../../src/std/polyfill.ts';
import type { TestContext } from 'node:test';
import { noise } from '@chainsafe/libp2p-noise';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection, MessageStream, StreamMuxer } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { secretOf } from './station.ts';

const HEADER_BYTES = 12;
export const [DATA, WINDOW, PING, GO_AWAY] = [0, 1, 2, 3];
export const [SYN, ACK, FIN, RST] = [1, 2, 4, 8];

export type Frame = {
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  readonly length: number;
  readonly body: Uint8Array;
};

/** A frame of the muxer: kind, flags, stream, and a length or a number. */
export function frame(kind: number, flags: number, stream: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes[1] = kind;
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt32BE(stream, 4);
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

export function data(stream: number, body: Uint8Array, flags = 0): Buffer {
  return Buffer.concat([frame(DATA, flags, stream, body.length), body]);
}

/** What multistream-select says: each line with its length before it. */
export function lines(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => Buffer.from(`${String.fromCharCode(text.length + 1)}${text}\n`, 'latin1')),
  );
}

/** A peer that proves its key as everybody does, and then writes frames of the muxer by hand. */
export class RawPeer {
  readonly connection: Connection;
  /** Called with each frame that comes. */
  onFrame: (frame: Frame) => void = () => undefined;
  readonly #encrypted: MessageStream;
  #held = Buffer.alloc(0);

  static async dial(
    t: TestContext,
    name: string,
    addresses: readonly Multiaddr[],
  ): Promise<RawPeer> {
    const encrypted: MessageStream[] = [];
    const node = await createLibp2p({
      privateKey: privateKeyFromRaw(secretOf(name)),
      connectionMonitor: { enabled: false },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [
        () => ({
          protocol: '/yamux/1.0.0',
          createStreamMuxer: (connection: MessageStream) => {
            encrypted.push(connection);
            return noMuxer();
          },
        }),
      ],
    });
    t.after(() => node.stop());
    const connection = await node.dial([...addresses]);
    return new RawPeer(connection, encrypted[0]!);
  }

  constructor(connection: Connection, encrypted: MessageStream) {
    this.connection = connection;
    this.#encrypted = encrypted;
    encrypted.addEventListener('message', ({ data: bytes }) => this.#read(bytes.subarray()));
  }

  /** All in one message of noise, if it is not longer than one. */
  send(...frames: readonly Uint8Array[]): boolean {
    return this.#encrypted.send(Buffer.concat(frames));
  }

  #read(bytes: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= HEADER_BYTES) {
      const held = this.#held;
      const length = held.readUInt32BE(8);
      const end = HEADER_BYTES + (held[1] === DATA ? length : 0);
      if (held.length < end) return;
      this.#held = held.subarray(end);
      this.onFrame({
        kind: held[1]!,
        flags: held.readUInt16BE(2),
        stream: held.readUInt32BE(4),
        length,
        body: held.subarray(HEADER_BYTES, end),
      });
    }
  }
}

/** In the place of a muxer, which nobody asks for anything. */
function noMuxer(): StreamMuxer {
  const muxer = { protocol: '/yamux/1.0.0', streams: [], status: 'open' };
  const nothing = { abort: () => undefined, close: async () => undefined };
  return Object.assign(new EventTarget(), muxer, nothing) as unknown as StreamMuxer;
}
