import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { TxStatus } from '../replica/view.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import type { TxId } from '../types/ids.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Connections } from './bounds/connections.ts';
import { Shares } from './bounds/shares.ts';
import type { NodePort, WaitLevel } from './ports.ts';
import type { WaitQuery } from './schemas.ts';

const RANKS = { unknown: -1, pending: 0, admitted: 1, final: 2, checkpointed: 3 } as const;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Has the status reached `level`, or a terminal state? */
export function reached(status: TxStatus, level: WaitLevel): boolean {
  if (status.state === 'rejected' || status.state === 'dropped') return true;
  return RANKS[status.state] >= RANKS[level];
}

export type WaitRequest = { readonly level: WaitLevel; readonly timeoutMs: number };

/** What a query asks to wait for; null for nothing. Refuses a timeout beyond its bound. */
export function waitRequest(query: WaitQuery): Result<WaitRequest | null, Problem> {
  const timeoutMs = query.timeout_ms === undefined ? DEFAULT_TIMEOUT_MS : Number(query.timeout_ms);
  if (timeoutMs > API_LIMITS.waitMsMax.value) {
    return err(
      problem('invalid-request', `timeout_ms is greater than ${API_LIMITS.waitMsMax.value}.`),
    );
  }
  const level = query.wait ?? 'none';
  return ok(level === 'none' ? null : { level, timeoutMs });
}

export type WaitBounds = {
  readonly waitsPerAddressMax: number;
  /** How long a connection may be still outside of a wait. */
  readonly idleMs: number;
};

/** The requests that wait, bounded, and let go when their client leaves or the server closes. */
export class Waits {
  readonly #node: NodePort;
  readonly #idleMs: number;
  readonly #connections: Connections;
  readonly #shares: Shares;
  readonly #open = new Set<AbortController>();
  /** When the waits of a connection end, of requests that were sent ahead of their answers. */
  readonly #ends = new WeakMap<Socket, Set<{ readonly atMs: number }>>();

  constructor(node: NodePort, connections: Connections, bounds: WaitBounds) {
    this.#node = node;
    this.#connections = connections;
    this.#idleMs = bounds.idleMs;
    const { value: max } = API_LIMITS.waitsMax;
    this.#shares = new Shares({ max, perAddressMax: bounds.waitsPerAddressMax });
  }

  /** The statuses at the end of the wait, in the order of `txids`; `busy` beyond the bound. */
  waitFor(
    reply: FastifyReply,
    txids: readonly TxId[],
    { level, timeoutMs }: WaitRequest,
  ): Promise<Result<readonly TxStatus[], Problem>> {
    return this.hold(reply, txids.length, timeoutMs, (signal) =>
      Promise.all(txids.map((txid) => this.#node.waitFor(txid, level, timeoutMs, signal))),
    );
  }

  /** What `work` gives, which has to end by itself after `timeoutMs`, or soon after the abort. */
  async hold<T>(
    reply: FastifyReply,
    weight: number,
    timeoutMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<Result<T, Problem>> {
    const giveBack = this.#shares.take(reply.request.ip, weight);
    if (giveBack === null) return err(problem('busy', 'As much is waited for as may be.'));
    const gone = new AbortController();
    const { socket } = reply.request.raw;
    const forget = this.#connections.onClose(socket, () => gone.abort());
    // One listener per transaction is what is meant, not a leak.
    setMaxListeners(weight, gone.signal);
    this.#open.add(gone);
    const isOver = this.#keepOpen(socket, timeoutMs);
    try {
      return ok(await work(gone.signal));
    } finally {
      isOver();
      forget();
      this.#open.delete(gone);
      giveBack();
    }
  }

  /** Nothing moves on a connection while one of its requests waits: this must not look like a client that is stuck. */
  #keepOpen(socket: Socket, timeoutMs: number): () => void {
    const ends = this.#ends.get(socket) ?? new Set();
    this.#ends.set(socket, ends);
    const own = { atMs: performance.now() + timeoutMs };
    const look = () => {
      const lastMs = Math.max(0, ...Array.from(ends, ({ atMs }) => atMs - performance.now()));
      socket.setTimeout(lastMs + this.#idleMs);
    };
    ends.add(own);
    look();
    return () => {
      ends.delete(own);
      look();
    };
  }

  /** Answers every waiting request with what is known now. */
  close(): void {
    for (const gone of this.#open) gone.abort();
  }
}
