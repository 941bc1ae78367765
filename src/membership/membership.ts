import '../std/polyfill.ts';
import type { Connection, Stream } from '@libp2p/interface';
import { assert } from '../std/assert.ts';
import type { LaneId } from '../types/ids.ts';
import { dialAddress, parseAddress, splitAddress } from './addresses.ts';
import { dialLimits, dialWithin } from './dial.ts';
import { pushRecords, readList, recordListBytesMax, splitRecords } from './exchange.ts';
import type { Membership, MembershipHost, MembershipOptions, MemberView } from './port.ts';
import { type MemberEntry, Pulse } from './pulse.ts';
import { RecordBook } from './record-book.ts';
import { type BackOff, defaultBackOff, Redial } from './redial.ts';

export type * from './port.ts';

export function createMembership(host: MembershipHost, options: MembershipOptions): Membership {
  return new Members(host, options);
}

/**
 * Who is where. Members tell each other, on every new connection and whenever something is new, the
 * signed records that they know; each keeps a dial open towards every member that it is not connected to.
 */
class Members implements Membership {
  readonly #host: MembershipHost;
  readonly #options: MembershipOptions;
  readonly #backOff: BackOff;
  readonly #protocol: string;
  readonly #book: RecordBook;
  readonly #entries: readonly MemberEntry[];
  readonly #redials: readonly Redial[];
  readonly #pulse: Pulse;
  /** Addresses from bootstrap by lane, and those of which nobody knows yet who is there. */
  readonly #fixed = new Map<LaneId, Set<string>>();
  readonly #unnamed = new Map<string, Redial>();
  /** Members that may be connected in name only. */
  readonly #doubted = new Map<LaneId, AbortController>();
  #isRunning = false;
  #told = '';

  constructor(host: MembershipHost, options: MembershipOptions) {
    this.#host = host;
    this.#options = options;
    this.#backOff = options.backOff ?? defaultBackOff(host.members.length);
    this.#protocol = host.protocol('peers');
    const domain = host.protocol('peer-record');
    const laneOf = (peerId: string): LaneId | undefined => host.laneOf(peerId);
    this.#book = new RecordBook(laneOf, host.lane, host.privateKey, domain);
    const sinceMs = options.now();
    const unknown = { isConnected: false, sinceMs, rttMs: null, lastRttMs: null };
    const fresh = { ...unknown, isPinging: false, pingFailures: 0 };
    this.#entries = host.members.map((member) => ({ ...member, ...fresh }));
    this.#redials = this.#entries.map((entry) => {
      // The side with the smaller peer id dials first; were both to, one connection would be for nothing.
      const firstDialMs = host.peerId < entry.peerId ? 0 : this.#backOff.firstMs;
      return this.#redial(() => this.#dialMember(entry), firstDialMs);
    });
    this.#pulse = new Pulse(host, options.pingMs);
    for (const text of options.bootstrap) this.#addBootstrap(text);
  }

  async start(): Promise<void> {
    const { node } = this.#host;
    const accept = (stream: Stream, from: Connection): void => void this.#receive(stream, from);
    await node.handle(this.#protocol, accept, { maxInboundStreams: 4, maxOutboundStreams: 4 });
    for (const bytes of this.#options.records ?? []) await this.#learn(bytes);
    node.addEventListener('start', this.#onStart);
    node.addEventListener('connection:open', this.#onConnection);
    node.addEventListener('peer:connect', this.#onPeers);
    node.addEventListener('peer:disconnect', this.#onPeers);
    node.addEventListener('self:peer:update', this.#onOwnAddresses);
    if (node.status === 'started') this.#onStart();
  }

  async stop(): Promise<void> {
    const { node } = this.#host;
    this.#isRunning = false;
    this.#pulse.stop();
    for (const redial of [...this.#redials, ...this.#unnamed.values()]) redial.rest();
    node.removeEventListener('start', this.#onStart);
    node.removeEventListener('connection:open', this.#onConnection);
    node.removeEventListener('peer:connect', this.#onPeers);
    node.removeEventListener('peer:disconnect', this.#onPeers);
    node.removeEventListener('self:peer:update', this.#onOwnAddresses);
    await node.unhandle(this.#protocol);
  }

  members(): readonly MemberView[] {
    return this.#entries.map((entry) => ({
      lane: entry.lane,
      name: entry.name,
      peerId: entry.peerId,
      connected: entry.isConnected,
      sinceMs: entry.sinceMs,
      rttMs: entry.rttMs,
      addresses: this.#addressesOf(entry.lane),
    }));
  }

  doubt(lane: LaneId): void {
    if (!this.#isRunning) return;
    if (!this.#doubted.has(lane)) this.#doubted.set(lane, new AbortController());
    this.#redials[lane]!.want();
  }

  trust(lane: LaneId): void {
    this.#doubted.get(lane)?.abort();
    if (this.#doubted.delete(lane)) this.#onPeers();
  }

  records(): readonly Uint8Array[] {
    return this.#book.all();
  }

  readonly #onStart = (): void => {
    this.#isRunning = true;
    for (const redial of this.#unnamed.values()) redial.want();
    this.#pulse.start(this.#entries);
    this.#onPeers();
    void this.#announce();
  };

  /** Compares the connections with what is noted, and dials whoever is missing. */
  readonly #onPeers = (): void => {
    if (!this.#isRunning) return;
    const nowMs = this.#options.now();
    const open = this.#host.node.getConnections().filter((each) => each.status === 'open');
    const peers = new Set(open.map((each) => each.remotePeer.toString()));
    for (const entry of this.#entries) {
      const isSelf = entry.lane === this.#host.lane;
      const isConnected = isSelf || peers.has(entry.peerId);
      const redial = this.#redials[entry.lane]!;
      if (entry.isConnected && !isConnected) redial.lasted(nowMs - entry.sinceMs);
      if (entry.isConnected !== isConnected) Object.assign(entry, { isConnected, sinceMs: nowMs });
      if (isConnected && !this.#doubted.has(entry.lane)) redial.rest();
      else if (!isConnected && this.#addressesOf(entry.lane).length > 0) redial.want();
    }
    this.#pulse.look(this.#entries);
  };

  readonly #onConnection = ({ detail: connection }: CustomEvent<Connection>): void => {
    const lane = this.#host.laneOf(connection.remotePeer.toString());
    if (lane !== undefined) this.#doubted.delete(lane);
    this.#onPeers();
    void this.#push(connection, this.#book.all());
  };

  readonly #onOwnAddresses = (): void => void this.#announce();

  /** Tells everybody where we are, if that is news. */
  async #announce(isStale = false): Promise<void> {
    const { lane, node } = this.#host;
    if (lane === null || !this.#isRunning) return;
    const addresses: string[] = [];
    for (const each of node.getMultiaddrs()) {
      const split = splitAddress(each);
      if (split.ok && !addresses.includes(split.value.address)) addresses.push(split.value.address);
    }
    const told = addresses.join(' ');
    if (!isStale && told === this.#told) return;
    this.#told = told;
    const record = await this.#book.announce(lane, addresses, this.#options.now());
    await this.#spread([record.bytes], null);
  }

  async #spread(records: readonly Uint8Array[], except: Connection | null): Promise<void> {
    if (records.length === 0) return;
    const peers = new Set([except?.remotePeer.toString()]);
    const pushes: Promise<void>[] = [];
    for (const connection of this.#host.node.getConnections()) {
      const peer = connection.remotePeer.toString();
      if (peers.has(peer) || connection.status !== 'open') continue;
      peers.add(peer);
      pushes.push(this.#push(connection, records));
    }
    await Promise.all(pushes);
  }

  async #push(connection: Connection, records: readonly Uint8Array[]): Promise<void> {
    if (records.length === 0) return;
    // A peer that does not take them will get them on its next connection.
    await pushRecords(connection, this.#protocol, records).catch(() => undefined);
  }

  async #receive(stream: Stream, from: Connection): Promise<void> {
    const teller = this.#host.laneOf(from.remotePeer.toString());
    if (teller === undefined) {
      stream.abort(new Error('records come from members only'));
      return;
    }
    const list = await readList(stream, recordListBytesMax(this.#entries.length));
    if (list.kind !== 'whole') {
      stream.abort(new Error('no list of records'));
      if (list.kind === 'too-long') this.#refuse(from, 'record-list-too-long');
      return;
    }
    void stream.close().catch(() => undefined);
    const records = splitRecords(list.bytes);
    if (records === null) this.#refuse(from, 'record-list-malformed');
    else await this.#learnAll(records, teller, from);
  }

  /** Stops at the first bad one: a peer pays for at most one signature check in vain per connection. */
  async #learnAll(records: readonly Uint8Array[], teller: LaneId, from: Connection): Promise<void> {
    const fresh: Uint8Array[] = [];
    for (const bytes of records) {
      if (!this.#book.reads(bytes, teller)) continue;
      const learned = await this.#learn(bytes);
      if (learned === 'new') fresh.push(bytes);
      else if (learned !== 'known') {
        this.#refuse(from, learned);
        break;
      }
    }
    await this.#spread(fresh, from);
  }

  async #learn(bytes: Uint8Array) {
    const learned = await this.#book.learn(bytes);
    if (!learned.ok) return learned.error;
    if (learned.value.kind === 'new') this.#onRecord(learned.value.record.lane);
    if (learned.value.kind === 'own') await this.#announce(true);
    return learned.value.kind === 'new' ? 'new' : 'known';
  }

  #onRecord(lane: LaneId): void {
    this.#onPeers();
    this.#redials[lane]!.hurry();
  }

  #refuse(from: Connection, detail: string): void {
    this.#options.onProblem?.(`${detail}: from ${from.remotePeer.toString()}`);
    this.#host.abort(from, detail);
  }

  #addressesOf(lane: LaneId): string[] {
    const told = this.#book.get(lane)?.addresses ?? [];
    return [...new Set([...told, ...(this.#fixed.get(lane) ?? [])])];
  }

  #addBootstrap(text: string): void {
    const parsed = parseAddress(text);
    assert(parsed.ok, 'the configuration was checked with parseAddress');
    const { address, peerId } = parsed.value;
    const lane = peerId === null ? undefined : this.#host.laneOf(peerId);
    if (lane !== undefined) this.#addFixed(lane, address);
    else
      this.#unnamed.set(
        text,
        this.#redial(() => this.#dialUnnamed(text), 0),
      );
  }

  #addFixed(lane: LaneId, address: string): void {
    const fixed = this.#fixed.get(lane) ?? new Set();
    this.#fixed.set(lane, fixed.add(address));
  }

  #redial(dial: () => Promise<void>, firstDialMs: number): Redial {
    return new Redial(dial, this.#backOff, this.#options.random, firstDialMs);
  }

  async #dialMember({ lane, peerId, lastRttMs }: MemberEntry): Promise<void> {
    const addresses = this.#addressesOf(lane).map((address) => dialAddress({ address, peerId }));
    const doubt = this.#doubted.get(lane);
    await dialWithin(dialLimits(lastRttMs), (options) => {
      const signals = doubt === undefined ? [options.signal] : [options.signal, doubt.signal];
      const signal = AbortSignal.any(signals);
      return this.#host.node.dial(addresses, { ...options, signal, force: doubt !== undefined });
    });
  }

  /** Who answers at this address? A member: the address is its from now on. */
  async #dialUnnamed(text: string): Promise<void> {
    const parsed = parseAddress(text);
    if (!parsed.ok) return;
    const connection = await this.#host.node.dial(dialAddress(parsed.value));
    const peerId = connection.remotePeer.toString();
    const lane = this.#host.laneOf(peerId);
    if (lane === undefined) {
      this.#host.abort(connection, 'not a member');
      this.#options.onProblem?.(`no member of this committee at ${text}, but ${peerId}`);
      throw new Error('not a member');
    }
    this.#unnamed.get(text)?.rest();
    this.#unnamed.delete(text);
    this.#addFixed(lane, parsed.value.address);
  }
}
