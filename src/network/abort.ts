import type { Connection } from '@libp2p/interface';

/**
 * Ends a connection at once. libp2p throws half-way through an abort when the transport below is gone
 * already, before it lets go of the socket; the second call then finds the muxer closed and goes on.
 */
export function abortConnection(connection: Connection, reason: string): void {
  const error = new Error(reason);
  try {
    connection.abort(error);
  } catch {
    connection.abort(error);
  }
}
