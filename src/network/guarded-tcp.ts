import type { Server, Socket } from 'node:net';
import type { Listener } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { defined } from '../std/assert.ts';

/** The part of a listener that is guarded here. */
type Internals = { readonly server?: Server };

/**
 * TCP whose listeners ask first whether a socket may come in at all. libp2p's own bounds are looked at only when
 * it has built a connection around the socket, with timers and signals: too much for a flood.
 */
export function guardedTcp(
  options: Parameters<typeof tcp>[0],
  admits: (host: string | undefined) => boolean,
): ReturnType<typeof tcp> {
  const create = tcp(options);
  return (components) => {
    const transport = create(components);
    const listener = transport.createListener.bind(transport);
    transport.createListener = (listening) => guarded(listener(listening), admits);
    return transport;
  };
}

function guarded(listener: Listener, admits: (host: string | undefined) => boolean): Listener {
  const server = defined((listener as unknown as Internals).server, 'a TCP listener has a server');
  const [onward] = server.listeners('connection');
  const takeIn = defined(onward, 'the listener takes sockets in');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (admits(socket.remoteAddress)) takeIn.call(server, socket);
    else socket.destroy();
  });
  return listener;
}
