import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressKey } from '../std/rate-limit.ts';
import { problem } from '../types/errors.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Connections } from './connections.ts';
import { sendProblem } from './problem.ts';

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
  readonly #bounds: BodyBounds;
  readonly #ofAddress = new Map<string, number>();
  #claimed = 0;

  constructor(connections: Connections, bounds: BodyBounds) {
    this.#connections = connections;
    this.#bounds = bounds;
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
    const address = addressKey(request.ip);
    if (!this.#hasRoom(address, bytes)) {
      return sendProblem(reply, problem('busy', 'As many bytes are being worked on as may be.'));
    }
    this.#add(address, bytes);
    const release = () => {
      forget();
      this.#add(address, -bytes);
      reply.raw.off('close', release);
    };
    const forget = this.#connections.onClose(request.raw.socket, release);
    reply.raw.once('close', release);
    return undefined;
  };

  #hasRoom(address: string, bytes: number): boolean {
    const { bodiesBytesMax, bodiesBytesPerAddressMax } = this.#bounds;
    const ofAddress = this.#ofAddress.get(address) ?? 0;
    return this.#claimed + bytes <= bodiesBytesMax && ofAddress + bytes <= bodiesBytesPerAddressMax;
  }

  #add(address: string, bytes: number): void {
    this.#claimed += bytes;
    const ofAddress = (this.#ofAddress.get(address) ?? 0) + bytes;
    if (ofAddress === 0) this.#ofAddress.delete(address);
    else this.#ofAddress.set(address, ofAddress);
  }
}
