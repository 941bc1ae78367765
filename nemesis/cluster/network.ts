import type { LaneId } from '../../src/types/ids.ts';
import { attempt, run } from './shell.ts';

/** Where the validators live and what runs between them. */
export interface Network {
  /** false: one host, nothing between the validators can be cut. */
  readonly canCut: boolean;
  /** The address of a validator, for all of its ports. */
  host(lane: LaneId): string;
  /** The command that runs another one where the validator lives. */
  enter(lane: LaneId): readonly string[];
  /** Packets from one to the other vanish on their way: neither end is told. */
  cut(from: LaneId, to: LaneId): void;
  /** Packets go everywhere at full speed again. */
  heal(): void;
  /** Bits per second towards and from this validator. */
  limit(lane: LaneId, bitsPerSecond: number): void;
  close(): void;
}

export const loopback: Network = {
  canCut: false,
  host: () => '127.0.0.1',
  enter: () => [],
  cut: () => {
    throw new Error('on one host nothing can be cut');
  },
  heal: () => {},
  limit: () => {
    throw new Error('on one host nothing can be limited');
  },
  close: () => {},
};

/** Can this process make network namespaces? */
export function hasNamespaces(): boolean {
  const name = `althing-try-${process.pid}`;
  return attempt('ip', 'netns', 'add', name) && attempt('ip', 'netns', 'del', name);
}

const OWN = 'own';
const UPLINK = 'eth0';

/**
 * A host for each validator: a network namespace, joined by a veth pair to a router in a namespace of
 * its own. The router drops what is cut (blackhole rules), so that to both ends it looks like a cable
 * that broke far away: no reset, no error, no unreachable. This process has a link to the router too,
 * for the clients; it is never cut.
 */
export class Namespaces implements Network {
  readonly canCut = true;
  readonly #validators: number;
  readonly #prefix: string;
  readonly #router: string;
  readonly #net: string;
  #cuts: string[][] = [];
  readonly #limited = new Set<LaneId>();

  /** `net`: which 10.`net`.0.0/16 is used. */
  constructor(validators: number, net: number) {
    this.#validators = validators;
    this.#prefix = `alth${process.pid}`;
    this.#router = `${this.#prefix}r`;
    this.#net = `10.${net}`;
    try {
      this.#build();
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  host(lane: LaneId): string {
    return `${this.#net}.${lane + 1}.2`;
  }

  enter(lane: LaneId): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.#space(lane)}`, '--'];
  }

  cut(from: LaneId, to: LaneId): void {
    const rule = ['from', this.host(from), 'to', this.host(to), 'blackhole'];
    run('ip', '-n', this.#router, 'rule', 'add', ...rule);
    this.#cuts.push(rule);
  }

  heal(): void {
    for (const rule of this.#cuts) run('ip', '-n', this.#router, 'rule', 'del', ...rule);
    this.#cuts = [];
    for (const lane of this.#limited) this.#shape(lane, 'del');
    this.#limited.clear();
  }

  limit(lane: LaneId, bitsPerSecond: number): void {
    const rate = ['rate', `${bitsPerSecond}bit`, 'burst', '4000', 'latency', '200ms'];
    this.#shape(lane, 'replace', 'tbf', ...rate);
    this.#limited.add(lane);
  }

  close(): void {
    attempt('ip', 'link', 'del', this.#prefix);
    for (let lane = 0; lane < this.#validators; lane += 1) {
      attempt('ip', 'netns', 'del', this.#space(lane));
    }
    attempt('ip', 'netns', 'del', this.#router);
  }

  /** What both ends of a lane's cable do with what they send. */
  #shape(lane: LaneId, action: 'replace' | 'del', ...discipline: readonly string[]): void {
    const ends = [
      [this.#router, this.#port(lane)],
      [this.#space(lane), UPLINK],
    ] as const;
    for (const [space, device] of ends) {
      const words = ['qdisc', action, 'dev', device, 'root', ...discipline];
      run('ip', 'netns', 'exec', space, 'tc', ...words);
    }
  }

  #build(): void {
    run('ip', 'netns', 'add', this.#router);
    run('ip', 'netns', 'exec', this.#router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    for (let lane = 0; lane < this.#validators; lane += 1) this.#join(lane);
    run(
      'ip',
      'link',
      'add',
      this.#prefix,
      'type',
      'veth',
      'peer',
      'name',
      OWN,
      'netns',
      this.#router,
    );
    run('ip', 'addr', 'add', `${this.#net}.0.2/24`, 'dev', this.#prefix);
    run('ip', 'link', 'set', this.#prefix, 'up');
    run('ip', '-n', this.#router, 'addr', 'add', `${this.#net}.0.1/24`, 'dev', OWN);
    run('ip', '-n', this.#router, 'link', 'set', OWN, 'up');
    run('ip', 'route', 'add', `${this.#net}.0.0/16`, 'via', `${this.#net}.0.1`);
  }

  #join(lane: LaneId): void {
    const space = this.#space(lane);
    const port = this.#port(lane);
    run('ip', 'netns', 'add', space);
    run(
      'ip',
      'link',
      'add',
      UPLINK,
      'netns',
      space,
      'type',
      'veth',
      'peer',
      'name',
      port,
      'netns',
      this.#router,
    );
    run('ip', '-n', space, 'addr', 'add', `${this.host(lane)}/24`, 'dev', UPLINK);
    run('ip', '-n', space, 'link', 'set', UPLINK, 'up');
    run('ip', '-n', space, 'link', 'set', 'lo', 'up');
    run('ip', '-n', this.#router, 'addr', 'add', `${this.#net}.${lane + 1}.1/24`, 'dev', port);
    run('ip', '-n', this.#router, 'link', 'set', port, 'up');
    run('ip', '-n', space, 'route', 'add', 'default', 'via', `${this.#net}.${lane + 1}.1`);
  }

  #space(lane: LaneId): string {
    return `${this.#prefix}v${lane}`;
  }

  #port(lane: LaneId): string {
    return `to${lane}`;
  }
}
