import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../types/errors.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Connections } from './connections.ts';
import { sendProblem } from './problem.ts';

/**
 * Bytes of all bodies that are being read or worked on. A body counts with the length that its header
 * says, from before its first byte is read until the answer is out or the client is gone.
 */
export class BodyBudget {
  readonly #connections: Connections;
  readonly #max: number;
  #claimed = 0;

  constructor(connections: Connections, max: number = API_LIMITS.bodiesBytesMax.value) {
    this.#connections = connections;
    this.#max = max;
  }

  get claimed(): number {
    return this.#claimed;
  }

  /** A hook for routes that take bodies: answers `busy` where there is no room. */
  readonly claim = async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    const bytes = Math.min(
      Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY),
      API_LIMITS.batchBytesMax.value,
    );
    if (this.#claimed + bytes > this.#max) {
      return sendProblem(reply, problem('busy', 'As many bytes are being worked on as may be.'));
    }
    this.#claimed += bytes;
    const release = () => {
      forget();
      this.#claimed -= bytes;
      reply.raw.off('close', release);
    };
    const forget = this.#connections.onClose(request.raw.socket, release);
    reply.raw.once('close', release);
    return undefined;
  };
}
