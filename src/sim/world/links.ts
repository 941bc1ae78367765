import type { LaneId } from '../../types/ids.ts';
import type { Host } from '../host/host.ts';
import type { Seat } from './world.ts';

type LinksPorts = {
  readonly hosts: ReadonlyMap<Seat, Host>;
  readonly isCut: (from: Seat, to: Seat) => boolean;
  readonly laneOf: (seat: Seat) => LaneId;
};

/** Which seats know that they can talk. */
export class Links {
  readonly #ports: LinksPorts;
  readonly #up = new Set<string>();
  /** How often each has come up. */
  readonly #ups = new Map<string, number>();

  constructor(ports: LinksPorts) {
    this.#ports = ports;
  }

  /** Both ends learn that they can talk, unless the link is cut. */
  connect(a: Seat, b: Seat): void {
    const { hosts, isCut } = this.#ports;
    if (a === b || isCut(a, b) || isCut(b, a)) return;
    const [one, other] = [hosts.get(a), hosts.get(b)];
    if (one?.isUp !== true || (other !== undefined && !other.isUp)) return;
    const link = nameOf(a, b);
    if (this.#up.has(link)) return;
    this.#up.add(link);
    this.#ups.set(link, (this.#ups.get(link) ?? 0) + 1);
    this.#tell('connected', a, b);
  }

  disconnect(a: Seat, b: Seat): void {
    if (this.#up.delete(nameOf(a, b))) this.#tell('disconnected', a, b);
  }

  /**
   * The stream into which one seat's messages to another go now: what is in it when the link comes up again, or the
   * receiver's process ends, comes out nowhere.
   */
  stream(from: Seat, to: Seat): string {
    const life = this.#ports.hosts.get(to)?.life ?? 0;
    return `${life}/${this.#ups.get(nameOf(from, to)) ?? 0}`;
  }

  #tell(kind: 'connected' | 'disconnected', a: Seat, b: Seat): void {
    const { hosts, laneOf } = this.#ports;
    hosts.get(a)?.enqueue({ kind, peer: { kind: 'lane', lane: laneOf(b) } });
    hosts.get(b)?.enqueue({ kind, peer: { kind: 'lane', lane: laneOf(a) } });
  }
}

function nameOf(a: Seat, b: Seat): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
