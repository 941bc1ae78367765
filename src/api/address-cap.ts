import type { Server, Socket } from 'node:net';
import { addressKey } from '../std/rate-limit.ts';

/** Closes what one address opens beyond `max` connections: the others' share of all is not for it to take. */
export function capPerAddress(server: Server, max: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    // Undefined when the client has left already.
    const address = addressKey(socket.remoteAddress);
    const count = (open.get(address) ?? 0) + 1;
    if (count > max) return void socket.destroy();
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) as number) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}
