import type { Connection, Libp2p } from '@libp2p/interface';
import type { LaneId } from '../types/ids.ts';

/** What is known about one member's connection. */
export type MemberEntry = {
  readonly lane: LaneId;
  readonly name: string;
  readonly peerId: string;
  isConnected: boolean;
  sinceMs: number;
  /** Of this connection. */
  rttMs: number | null;
  /** Of this one or the last: how far away it is when one dials. */
  lastRttMs: number | null;
  isPinging: boolean;
  pingFailures: number;
};

export type PulseHost = {
  readonly node: Libp2p;
  readonly lane: LaneId | null;
  abort(connection: Connection, reason: string): void;
  ping(peerId: string, timeoutMs: number): Promise<number>;
};

const PING_MS = 10_000;
/** So many pings in a row that nobody answers in time: the connection is dead, whatever the socket says. */
const FAILURES_MAX = 2;

/** Measures round trips on a slow beat, and ends connections on which nothing comes back any more. */
export class Pulse {
  readonly #host: PulseHost;
  readonly #periodMs: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(host: PulseHost, periodMs = PING_MS) {
    this.#host = host;
    this.#periodMs = periodMs;
  }

  start(entries: readonly MemberEntry[]): void {
    this.#timer = setInterval(() => {
      for (const entry of entries) void this.#ping(entry);
    }, this.#periodMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Measures at once what has not been measured; forgets what is gone. */
  look(entries: readonly MemberEntry[]): void {
    for (const entry of entries) {
      if (!entry.isConnected) Object.assign(entry, { rttMs: null, pingFailures: 0 });
      else if (entry.rttMs === null) void this.#ping(entry);
    }
  }

  async #ping(entry: MemberEntry): Promise<void> {
    if (!entry.isConnected || entry.isPinging || entry.lane === this.#host.lane) return;
    entry.isPinging = true;
    const startMs = performance.now();
    try {
      const rttMs = await this.#host.ping(entry.peerId, this.#periodMs);
      if (entry.isConnected) Object.assign(entry, { rttMs, lastRttMs: rttMs, pingFailures: 0 });
    } catch {
      // What fails at once says nothing: the connection was replaced, or the peer knows no ping.
      if (performance.now() - startMs > this.#periodMs / 2) entry.pingFailures += 1;
      if (entry.pingFailures >= FAILURES_MAX) this.#end(entry);
    } finally {
      entry.isPinging = false;
    }
  }

  #end(entry: MemberEntry): void {
    entry.pingFailures = 0;
    for (const connection of this.#host.node.getConnections()) {
      const isIts = connection.remotePeer.toString() === entry.peerId;
      if (isIts) this.#host.abort(connection, 'no answer to pings');
    }
  }
}
