import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { createHost, type Host, type HostOptions } from '../../src/network/host.ts';
import {
  createTransport,
  type Misbehaviour,
  type Transport,
  type TransportOptions,
} from '../../src/network/transport.ts';
import type { PeerId } from '../../src/replica/effects.ts';
import type { Member } from '../../src/types/genesis.ts';
import type { LedgerId } from '../../src/types/ids.ts';

const LEDGER = 'ab'.repeat(32) as LedgerId;
/** The one time bound of these tests: far beyond what a slow machine needs. */
export const WATCHDOG = { timeout: 60_000 };

export function secretOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest());
}

export function committeeOf(size: number): Member[] {
  return Array.from({ length: size }, (_, lane) => {
    const { publicKey } = privateKeyFromRaw(secretOf(`v${lane}`));
    return { name: `v${lane}`, publicKey: Buffer.from(publicKey.raw).toString('hex') };
  });
}

export type Seen =
  | { readonly kind: 'message'; readonly peer: string; readonly bytes: Uint8Array }
  | { readonly kind: 'foreign'; readonly peer: string; readonly protocols: readonly string[] }
  | { readonly kind: 'connected' | 'disconnected' | 'twin'; readonly peer: string }
  | { readonly kind: 'misbehaviour'; readonly peer: string; readonly detail: Misbehaviour };

/** A host with a transport whose events are noted, and can be waited for. */
export class Station {
  readonly host: Host;
  readonly transport: Transport;
  readonly seen: Seen[] = [];
  /** Called with each message as it comes. */
  onMessage: (peer: PeerId, bytes: Uint8Array) => void = () => undefined;
  onConnected: (peer: PeerId) => void = () => undefined;
  readonly #waiting = new Set<() => void>();

  /** Stops with the test `t`, passed or failed. */
  static async create(
    t: TestContext,
    name: string,
    committee: readonly Member[],
    options: TransportOptions = {},
    hostOptions: Partial<HostOptions> = {},
  ): Promise<Station> {
    const host = await createHost({
      secretKey: secretOf(name),
      ledgerId: LEDGER,
      committee,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      ...hostOptions,
    });
    const station = new Station(host, options);
    t.after(() => station.stop());
    await station.transport.start();
    return station;
  }

  static async start(...args: Parameters<typeof Station.create>): Promise<Station> {
    const station = await Station.create(...args);
    await station.host.start();
    return station;
  }

  constructor(host: Host, options: TransportOptions) {
    this.host = host;
    const handlers = {
      onMessage: (peer: PeerId, bytes: Uint8Array) => {
        this.onMessage(peer, bytes);
        this.#note({ kind: 'message', peer: nameOf(peer), bytes });
      },
      onConnected: (peer: PeerId) => {
        this.onConnected(peer);
        this.#note({ kind: 'connected', peer: nameOf(peer) });
      },
      onDisconnected: (peer: PeerId) => this.#note({ kind: 'disconnected', peer: nameOf(peer) }),
      onMisbehaviour: (peer: PeerId, detail: Misbehaviour) =>
        this.#note({ kind: 'misbehaviour', peer: nameOf(peer), detail }),
      onForeign: (peer: PeerId, protocols: readonly string[]) =>
        this.#note({ kind: 'foreign', peer: nameOf(peer), protocols }),
      onTwin: (peer: PeerId, isSeen: boolean) => {
        if (isSeen) this.#note({ kind: 'twin', peer: nameOf(peer) });
      },
    };
    this.transport = createTransport(host, handlers, options);
  }

  get port(): number {
    const address = this.host.node.getMultiaddrs()[0]!.toString();
    return Number(/\/tcp\/(\d+)/.exec(address)![1]);
  }

  async dial(other: Station): Promise<void> {
    await this.host.node.dial(other.host.node.getMultiaddrs());
  }

  /** Resolves when the condition holds; looked at after every event. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  count(kind: Seen['kind'], peer?: string): number {
    return this.seen.filter((each) => each.kind === kind && (!peer || each.peer === peer)).length;
  }

  isLinked(lane: number): boolean {
    return this.transport.stats().lanes[lane]!.connected;
  }

  messagesFrom(peer: string): Uint8Array[] {
    const bytes: Uint8Array[] = [];
    for (const each of this.seen) {
      if (each.kind === 'message' && each.peer === peer) bytes.push(each.bytes);
    }
    return bytes;
  }

  async stop(): Promise<void> {
    await this.transport.stop();
    await this.host.stop();
  }

  #note(event: Seen): void {
    this.seen.push(event);
    for (const look of [...this.#waiting]) look();
  }
}

export function lane(index: number): PeerId {
  return { kind: 'lane', lane: index };
}

function nameOf(peer: PeerId): string {
  return peer.kind === 'lane' ? `lane ${peer.lane}` : peer.id;
}

/** Two linked members of a committee of four. */
export async function linkedPair(
  t: TestContext,
  options: TransportOptions = {},
): Promise<{ a: Station; b: Station }> {
  const committee = committeeOf(4);
  const a = await Station.start(t, 'v0', committee, options);
  const b = await Station.start(t, 'v1', committee, options);
  await a.dial(b);
  await Promise.all([a.until(() => a.isLinked(1)), b.until(() => b.isLinked(0))]);
  return { a, b };
}
