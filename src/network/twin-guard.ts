import { randomBytes } from 'node:crypto';
import type { Connection, Stream } from '@libp2p/interface';
import { NETWORK_LIMITS } from '../types/limits.ts';
import type { Host } from './host.ts';
import { readMessage } from './one-message.ts';

/** What a process calls itself, so that two with one key can be told apart. */
const INSTANCE_BYTES = 16;
/** First byte of a question, then the asker's instance. */
const ASK = 0;
/** The same, but the other side shall look at nothing: only whether it is there, and who. */
const PROBE = 1;
/** First byte of an answer, then the answerer's instance. */
const ALONE = 0;
const TWIN = 1;
const MESSAGE_BYTES = 1 + INSTANCE_BYTES;

/**
 * A second process with a validator's key would sign a second block for some seq. Who links to a member
 * asks it first whether another process that proves the same key is connected to it: the member probes its
 * other connections of that key, and only one that answers now, under another name, counts. So a process
 * that is gone never stands in the way of its successor, and the first of two keeps its links. A connection
 * over which the same process has given its name needs no probe: after a cut it could not answer in time.
 */
export class TwinGuard {
  readonly #host: Host;
  readonly #protocol: string;
  readonly #instance = randomBytes(INSTANCE_BYTES);
  /** What the process at the other end called itself, in its last question or answer. */
  readonly #names = new WeakMap<Connection, Uint8Array>();

  constructor(host: Host) {
    this.#host = host;
    this.#protocol = host.protocol('twins');
  }

  async start(): Promise<void> {
    const answer = (stream: Stream, connection: Connection): void => {
      this.#answer(stream, connection).catch((error: Error) => stream.abort(error));
    };
    await this.#host.node.handle(this.#protocol, answer, {
      maxInboundStreams: 2,
      maxOutboundStreams: 2,
    });
  }

  async stop(): Promise<void> {
    await this.#host.node.unhandle(this.#protocol);
  }

  /**
   * Does the member at the other end see another process with our key? One that does not answer, or knows
   * no such question, has seen none.
   */
  async hasTwin(connection: Connection): Promise<boolean> {
    if (this.#host.lane === null) return false;
    const answer = await this.#question(connection, ASK, NETWORK_LIMITS.handshakeMs.value);
    return answer?.[0] === TWIN;
  }

  async #answer(stream: Stream, connection: Connection): Promise<void> {
    const question = await readMessage(stream, MESSAGE_BYTES, NETWORK_LIMITS.handshakeMs.value);
    this.#names.set(connection, nameIn(question));
    const seesTwin = question[0] === ASK && (await this.#seesTwin(question, connection));
    stream.send(Uint8Array.of(seesTwin ? TWIN : ALONE, ...this.#instance));
    await stream.close();
  }

  async #seesTwin(question: Uint8Array, connection: Connection): Promise<boolean> {
    const { node } = this.#host;
    if (this.#host.laneOf(connection.remotePeer.toString()) === undefined) return false;
    const others = node
      .getConnections(connection.remotePeer)
      .filter((each) => each !== connection && each.status === 'open')
      .filter((each) => !isSame(this.#names.get(each), nameIn(question)));
    const answers = await Promise.all(
      others.map((each) => this.#question(each, PROBE, NETWORK_LIMITS.twinProbeMs.value)),
    );
    return answers.some((answer) => answer !== null && !isSame(nameIn(answer), nameIn(question)));
  }

  /** null: no answer in time. */
  async #question(
    connection: Connection,
    kind: number,
    timeoutMs: number,
  ): Promise<Uint8Array | null> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const stream = await connection.newStream(this.#protocol, { signal });
      stream.send(Uint8Array.of(kind, ...this.#instance));
      const answer = await readMessage(stream, MESSAGE_BYTES, timeoutMs);
      this.#names.set(connection, nameIn(answer));
      await stream.close({ signal });
      return answer;
    } catch {
      return null;
    }
  }
}

function nameIn(message: Uint8Array): Uint8Array {
  return message.subarray(1);
}

function isSame(name: Uint8Array | undefined, other: Uint8Array): boolean {
  return name !== undefined && Buffer.compare(name, other) === 0;
}
