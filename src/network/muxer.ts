import { yamux } from '@chainsafe/libp2p-yamux';
import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import { defined } from '../std/assert.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { type Teller, tellListenersOnly } from './heard-events.ts';
import { type BoundedStream, boundStream, type Frame } from './stream-bounds.ts';
import type { Meter, Tolls } from './tolls.ts';

const KEEP_ALIVE_MS = 15_000;
/** More than a socket or a noise message delivers at once. */
const CHUNK_BYTES = 131_072;

/** `state` of a yamux stream whose both sides know of it. */
const ESTABLISHED = 3;

/** Flag of the first frame of a stream. */
const SYN = 1;
/** What a new stream costs: listeners, timers, an answer to each name of a protocol. */
const STREAM_FRAMES = 64;

/** The parts of a yamux muxer that are bounded here. */
type Internals = {
  /** Holds bytes of a frame until the frame is whole. */
  readonly decoder?: { readonly buffer: Uint8ArrayList };
  handleFrame?(frame: Frame): void;
  /** False: nothing more should be sent before the connection has drained. */
  send?(data: Uint8Array | Uint8ArrayList): boolean;
  _newStream?(...options: unknown[]): WindowedStream;
};

type WindowedStream = Teller &
  BoundedStream & {
    readonly state: number;
    readonly recvWindow: number;
    readonly recvWindowCapacity: number;
    sendWindowUpdate(): void;
  };

/**
 * Yamux with every bound explicit, with fewer window updates, and with bounds that it lacks itself:
 * - It gathers a data frame of any announced length (up to 4 GiB) before it compares it with the window, in as many
 *   pieces as it comes in, 500 bytes of memory each.
 * - Answers to a peer that asks (pings, resets) and never reads pile up on the connection.
 * - What costs more than it weighs, frames and new streams, is charged for to `tolls`.
 * - A stream brings little before its protocol is agreed on, and after that unless it is that of `blocks`.
 *
 * The largest window is also the read buffer of a stream: a paused stream whose peer may still send
 * more than the buffer holds would be reset.
 */
export function boundedYamux(tolls: Tolls, blocks: string): () => StreamMuxerFactory {
  const window = NETWORK_LIMITS.streamWindowBytesMax.value;
  // A frame within the window, and what came in behind it.
  const heldMax = window + CHUNK_BYTES;
  const create = yamux({
    enableKeepAlive: true,
    keepAliveInterval: KEEP_ALIVE_MS,
    maxInboundStreams: NETWORK_LIMITS.streamsMax.value,
    maxOutboundStreams: NETWORK_LIMITS.streamsMax.value,
    maxEarlyStreams: 4,
    streamOptions: {
      maxStreamWindowSize: window,
      maxReadBufferLength: window,
      maxWriteBufferLength: window,
    },
  });
  return () => {
    const factory = create();
    return {
      protocol: factory.protocol,
      createStreamMuxer(connection: MessageStream): StreamMuxer {
        connection.maxWriteBufferLength = NETWORK_LIMITS.connectionWriteBytesMax.value;
        const muxer = factory.createStreamMuxer(connection);
        const internals = muxer as unknown as Internals;
        const held = defined(internals.decoder, 'yamux has a decoder').buffer;
        const meter = tolls.opened(connection);
        wrapStreams(internals, meter, blocks);
        neverThrow(internals, connection);
        chargeFor(internals, meter);
        let pieces = 0;
        connection.addEventListener('message', () => {
          if (held.byteLength > heldMax) connection.abort(new Error('yamux frame too long'));
          pieces = held.byteLength === 0 ? 0 : pieces + 1;
          if (pieces < NETWORK_LIMITS.framePiecesMax.value) return;
          join(held);
          pieces = 1;
        });
        return muxer;
      },
    };
  };
}

function join(list: Uint8ArrayList): void {
  const whole = list.slice();
  list.consume(list.byteLength);
  list.append(whole);
}

function chargeFor(muxer: Internals, meter: Meter): void {
  const handle = defined(muxer.handleFrame, 'a muxer handles frames').bind(muxer);
  muxer.handleFrame = (frame) => {
    const { streamID, flag } = frame.header;
    meter.charge(streamID !== 0 && (flag & SYN) !== 0 ? STREAM_FRAMES : 1);
    handle(frame);
  };
}

/**
 * To send on a connection that is gone throws, also inside the answer to what still came over it, where nobody
 * catches: a peer that sent a malformed frame and left would end this process.
 */
function neverThrow(muxer: Internals, connection: MessageStream): void {
  const send = defined(muxer.send, 'a muxer sends').bind(muxer);
  muxer.send = (data) => {
    try {
      return send(data);
    } catch (error) {
      connection.abort(error as Error);
      return false;
    }
  };
}

/**
 * Streams make no events for nobody, and fewer window updates. Yamux grants its peer a new window after every
 * data frame: a frame back, with its encryption and its system calls at both ends, for each block received.
 * Half a window is soon enough, as in the reference implementation (hashicorp/yamux,
 * Stream.sendWindowUpdate): the peer waits only at an empty one.
 */
function wrapStreams(muxer: Internals, meter: Meter, blocks: string): void {
  const create = defined(muxer._newStream, 'yamux makes its streams').bind(muxer);
  muxer._newStream = (...options) => {
    const stream = create(...options);
    tellListenersOnly(stream);
    boundStream(stream, meter, blocks);
    const update = stream.sendWindowUpdate.bind(stream);
    stream.sendWindowUpdate = () => {
      const isAmple = stream.recvWindowCapacity * 2 >= stream.recvWindow;
      if (stream.state !== ESTABLISHED || !isAmple) update();
    };
    return stream;
  };
}
