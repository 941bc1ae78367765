import { randomBytes } from 'node:crypto';
import type { Libp2p, Stream } from '@libp2p/interface';
import { equalBytes } from '../std/bytes.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { readMessage } from './one-message.ts';

/** libp2p's. */
const PROTOCOL = '/ipfs/ping/1.0.0';
const PING_BYTES = 32;

/**
 * One ping per stream. libp2p's own handler sends back whatever comes for ten seconds, and keeps without a bound what
 * whoever sends it does not take.
 */
export class Ping {
  readonly #node: Libp2p;

  constructor(node: Libp2p) {
    this.#node = node;
  }

  async start(): Promise<void> {
    const answer = (stream: Stream): void => {
      this.#answer(stream).catch((error: Error) => stream.abort(error));
    };
    await this.#node.handle(PROTOCOL, answer, { maxInboundStreams: 2, maxOutboundStreams: 1 });
  }

  /** Milliseconds of a round trip to a connected peer; rejects when none comes back in time. */
  async ping(peerId: string, timeoutMs: number): Promise<number> {
    const connections = this.#node.getConnections();
    const connection = connections.find(
      (each) => each.status === 'open' && each.remotePeer.toString() === peerId,
    );
    if (connection === undefined) throw new Error('not connected');
    const signal = AbortSignal.timeout(timeoutMs);
    const stream = await connection.newStream(PROTOCOL, { signal });
    try {
      const startMs = performance.now();
      const question = randomBytes(PING_BYTES);
      stream.send(question);
      const answer = await readMessage(stream, PING_BYTES, timeoutMs);
      const tookMs = performance.now() - startMs;
      if (!equalBytes(answer, question)) throw new Error('the answer to another ping');
      await stream.close({ signal });
      return tookMs;
    } catch (error) {
      stream.abort(error as Error);
      throw error;
    }
  }

  async #answer(stream: Stream): Promise<void> {
    const timeoutMs = NETWORK_LIMITS.handshakeMs.value;
    stream.send(await readMessage(stream, PING_BYTES, timeoutMs));
    await stream.close({ signal: AbortSignal.timeout(timeoutMs) });
  }
}
