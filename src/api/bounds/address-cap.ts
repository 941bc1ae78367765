import type { Server, Socket } from 'node:net';
import { Shares } from './shares.ts';

/** Closes what one address opens beyond `max` connections: the others' share of all is not for it to take. */
export function capPerAddress(server: Server, max: number): void {
  const open = new Shares({ max: Number.POSITIVE_INFINITY, perAddressMax: max });
  server.on('connection', (socket: Socket) => {
    // The address is undefined when the client has left already.
    const leave = open.take(socket.remoteAddress, 1);
    if (leave === null) socket.destroy();
    else socket.once('close', leave);
  });
}
