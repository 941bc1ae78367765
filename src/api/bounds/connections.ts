import type { Socket } from 'node:net';

/**
 * Who wants to know that a client has left. The connection is watched, not the answer: of requests that
 * were sent ahead of their answers, only the first one's answer learns of it. One listener per connection.
 */
export class Connections {
  readonly #open = new Map<Socket, Set<() => void>>();

  /** Calls `closed` when the connection closes, unless what is returned was called before. */
  onClose(socket: Socket, closed: () => void): () => void {
    const listeners = this.#listeners(socket);
    listeners.add(closed);
    return () => listeners.delete(closed);
  }

  #listeners(socket: Socket): Set<() => void> {
    const known = this.#open.get(socket);
    if (known !== undefined) return known;
    const listeners = new Set<() => void>();
    this.#open.set(socket, listeners);
    socket.once('close', () => {
      this.#open.delete(socket);
      for (const closed of listeners) closed();
    });
    return listeners;
  }
}
