import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../types/errors.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { sendProblem } from '../problem.ts';

/**
 * A hook that bounds what one connection may ask before it is answered. All requests that come in one piece, some six
 * hundred, would be worked on in one turn of the event loop, and their answers kept until the client reads them.
 */
export function requestsAhead(): (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply | undefined> {
  const unanswered = new WeakMap<Socket, number>();
  const add = (socket: Socket, count: number): number => {
    const sum = (unanswered.get(socket) ?? 0) + count;
    unanswered.set(socket, sum);
    return sum;
  };
  return async (request, reply) => {
    const { socket } = request.raw;
    reply.raw.once('close', () => add(socket, -1));
    if (add(socket, 1) <= API_LIMITS.requestsAheadMax.value) return undefined;
    return sendProblem(reply, problem('busy', 'Too many requests of this connection wait.'));
  };
}
