import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../types/errors.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { sendProblem } from '../problem.ts';
import type { Connections } from './connections.ts';
import { Shares } from './shares.ts';

export type BodyBounds = {
  readonly bodiesBytesMax: number;
  readonly bodiesBytesPerAddressMax: number;
};

/**
 * Bytes of all bodies that are being read or worked on, and of those of each address. A body counts with the length that
 * its header says, from before its first byte is read until the answer is out or the client is gone: so a few bodies that
 * never come would leave no room for anybody else's if one address could have all of it.
 */
export class BodyBudget {
  readonly #connections: Connections;
  readonly #shares: Shares;

  constructor(connections: Connections, { bodiesBytesMax, bodiesBytesPerAddressMax }: BodyBounds) {
    this.#connections = connections;
    this.#shares = new Shares({ max: bodiesBytesMax, perAddressMax: bodiesBytesPerAddressMax });
  }

  get claimed(): number {
    return this.#shares.taken;
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
    const giveBack = this.#shares.take(request.ip, bytes);
    if (giveBack === null) {
      return sendProblem(reply, problem('busy', 'As many bytes are being worked on as may be.'));
    }
    const release = () => {
      forget();
      giveBack();
      reply.raw.off('close', release);
    };
    const forget = this.#connections.onClose(request.raw.socket, release);
    reply.raw.once('close', release);
    return undefined;
  };
}
