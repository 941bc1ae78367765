import type { Server, Socket } from 'node:net';
import type { Listener } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { defined } from '../std/assert.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';
import type { Tolls } from './tolls.ts';

/** The part of a listener that is guarded here. */
type Internals = { readonly server?: Server };
/** The part of the transport. */
type Dialler = { _connect?(...options: unknown[]): Promise<Socket> };

/**
 * TCP that watches its sockets, and whose listeners ask first whether a socket may come in at all. libp2p's own bounds are looked at only when
 * it has built a connection around the socket, with timers and signals: too much for a flood.
 */
export function guardedTcp(
  options: Parameters<typeof tcp>[0],
  admits: (host: string | undefined) => boolean,
  tolls: Tolls,
): ReturnType<typeof tcp> {
  const create = tcp(options);
  return (components) => {
    const transport = create(components);
    watchDials(transport as unknown as Dialler, tolls);
    const listener = transport.createListener.bind(transport);
    transport.createListener = (listening) => guarded(listener(listening), admits, tolls);
    return transport;
  };
}

/** Who is dialled may be anybody: a member names its addresses itself. */
function watchDials(transport: Dialler, tolls: Tolls): void {
  const connect = defined(transport._connect, 'TCP connects').bind(transport);
  transport._connect = async (...options) => {
    const socket = await connect(...options);
    tolls.watch(socket);
    return socket;
  };
}

function guarded(
  listener: Listener,
  admits: (host: string | undefined) => boolean,
  tolls: Tolls,
): Listener {
  const server = defined((listener as unknown as Internals).server, 'a TCP listener has a server');
  const [onward] = server.listeners('connection');
  const takeIn = defined(onward, 'the listener takes sockets in');
  server.removeAllListeners('connection');
  const line = new Line((socket) => {
    // Who waited until the listener was closed; it would say so by a throw.
    if (!server.listening) return void socket.destroy();
    // Before libp2p, which answers what it reads at once.
    tolls.watch(socket);
    takeIn.call(server, socket);
  });
  server.on('connection', (socket: Socket) => {
    if (admits(socket.remoteAddress)) line.join(socket);
    else socket.destroy();
  });
  return listener;
}

/** Hands sockets on one by one, so that the handshakes of a burst leave room for other work between them. */
class Line {
  readonly #handOn: (socket: Socket) => void;
  /** As many as the door admits at most. */
  readonly #waiting: Socket[] = [];
  #isPaused = false;

  constructor(handOn: (socket: Socket) => void) {
    this.#handOn = handOn;
  }

  join(socket: Socket): void {
    // Nobody else listens while it waits.
    socket.on('error', () => socket.destroy());
    this.#waiting.push(socket);
    if (!this.#isPaused) this.#next();
  }

  #next(): void {
    let socket = this.#waiting.shift();
    while (socket?.destroyed) socket = this.#waiting.shift();
    this.#isPaused = socket !== undefined;
    if (socket === undefined) return;
    setTimeout(() => this.#next(), NETWORK_LIMITS.connectionsSpacingMs.value);
    this.#handOn(socket);
  }
}
