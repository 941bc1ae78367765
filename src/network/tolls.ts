import type { Socket } from 'node:net';
import { defined } from '../std/assert.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { Allowance } from './allowance.ts';

const OF_MEMBER = {
  burst: NETWORK_LIMITS.framesBurst.value,
  perSecond: NETWORK_LIMITS.framesPerSecond.value,
};
const OF_STRANGER = {
  burst: NETWORK_LIMITS.strangerFramesBurst.value,
  perSecond: NETWORK_LIMITS.strangerFramesPerSecond.value,
};

/**
 * What peers cause below the messages. A frame of twelve bytes, a message of noise with one, and most of all a
 * stream that is opened and reset, cost this process much more than whoever sends them: so they are counted,
 * those of a member over all its connections, and who brings too many is read more slowly, or no more.
 */
export class Tolls {
  readonly #isMember: (peerId: string) => boolean;
  readonly #now: () => number;
  readonly #members = new Map<string, Allowance>();
  /** By secured connection. */
  readonly #meters = new WeakMap<object, Meter>();
  /** Sockets whose handshake is over. */
  readonly #open = new WeakSet<Socket>();
  #cut = 0;

  /** `now` in monotonic milliseconds. */
  constructor(isMember: (peerId: string) => boolean = () => false, now = () => performance.now()) {
    this.#isMember = isMember;
    this.#now = now;
  }

  /** Connections that were ended here. */
  get cut(): number {
    return this.#cut;
  }

  /**
   * Until its handshake is over a socket may bring little: libp2p says no to each name of a protocol that it does
   * not know, two bytes each, and goes on in the same turn of the event loop. To write to a destroyed socket ends that.
   */
  watch(socket: Socket): void {
    socket.on('data', () => {
      const isTooMuch = socket.bytesRead > NETWORK_LIMITS.handshakeBytesMax.value;
      if (!isTooMuch || this.#open.has(socket) || socket.destroyed) return;
      this.#cut += 1;
      socket.destroy();
    });
  }

  /** A peer has proved who it is. */
  secured(peerId: string, connection: object, socket: Socket): Meter {
    const meter = new Meter(this.#allowanceOf(peerId), socket, () => {
      this.#cut += 1;
    });
    this.#meters.set(connection, meter);
    return meter;
  }

  /** The handshake of a secured connection is over. */
  opened(connection: object): Meter {
    const meter = defined(this.#meters.get(connection), 'it was secured');
    this.#open.add(meter.socket);
    return meter;
  }

  #allowanceOf(peerId: string): Allowance {
    if (!this.#isMember(peerId)) return new Allowance(OF_STRANGER, this.#now);
    if (!this.#members.has(peerId)) this.#members.set(peerId, new Allowance(OF_MEMBER, this.#now));
    return defined(this.#members.get(peerId), 'it was put there');
  }
}

/** Counts for one connection. */
export class Meter {
  readonly socket: Socket;
  readonly #allowance: Allowance;
  readonly #onCut: () => void;
  #isWaiting = false;

  constructor(allowance: Allowance, socket: Socket, onCut: () => void) {
    this.#allowance = allowance;
    this.socket = socket;
    this.#onCut = onCut;
  }

  /** Throws: libp2p, which asked for the bytes to be read, ends the connection then. */
  cut(why: string): never {
    this.#onCut();
    throw new Error(why);
  }

  charge(frames: number): void {
    const waitMs = this.#allowance.spend(frames);
    if (waitMs === null) this.cut('too many frames');
    if (waitMs === 0 || this.#isWaiting) return;
    this.#isWaiting = true;
    this.socket.pause();
    setTimeout(() => {
      this.#isWaiting = false;
      this.socket.resume();
    }, waitMs).unref();
  }
}
