import { decodeMessage, encodeMessage } from '../../codec/message.ts';
import type { LaneId } from '../../types/ids.ts';
import { createLiar, type Liar } from '../byzantine/liar.ts';
import { Shim } from '../byzantine/shim.ts';
import { withoutOwnBlocks } from '../byzantine/twin.ts';
import { mockSigner } from './mock-signatures.ts';
import type { Seat, World } from './world.ts';

type Note = (from: LaneId, block: Uint8Array) => void;

/** The network cards of all validators: between a host, or a liar that has none, and the network. */
export class Cards {
  readonly #world: World;
  /** A block that somebody Byzantine hands to the network. */
  readonly #note: Note;
  readonly #liars = new Map<LaneId, Liar>();
  readonly #shims = new Map<LaneId, Shim>();

  constructor(world: World, note: Note) {
    this.#world = world;
    this.#note = note;
  }

  /** Does the card change what its host says? */
  isLying(lane: LaneId): boolean {
    return this.#shims.has(lane);
  }

  /** False when no host belongs to it. */
  insert(lane: LaneId): boolean {
    const { scenario, stage, prng, audit, faults, workload, events } = this.#world;
    const kind = scenario.byzantine.get(lane);
    const ports = {
      lane,
      n: scenario.n,
      signer: mockSigner(stage.committee.publicKey(lane)),
      prng: prng.fork(`${kind} ${lane}`),
      wire: audit.wire,
      faults,
      transactions: () => workload.sent.map((sent) => sent.tx),
    };
    if (kind === 'forger' || kind === 'schemer') {
      const timeMs = () => Math.floor(events.nowUs / 1000);
      const send = (to: LaneId, bytes: Uint8Array) =>
        this.#hand(lane, to, encodeMessage({ kind: 'block', bytes }));
      const attacks = kind === 'schemer' ? scenario.attacks : [];
      this.#liars.set(lane, createLiar({ ...ports, timeMs, send }, attacks));
    } else if (kind === 'shim') {
      const send = (to: LaneId, bytes: Uint8Array) => this.#hand(lane, to, bytes);
      this.#shims.set(lane, new Shim({ ...ports, send }));
    }
    return kind !== 'silent' && !this.#liars.has(lane);
  }

  /** Validators without a host do something. */
  forge(): void {
    for (const liar of this.#liars.values()) liar.act();
  }

  /** What a host sends. */
  leave(from: Seat, to: LaneId, bytes: Uint8Array): void {
    const { audit, faults, scenario } = this.#world;
    const shim = this.#shims.get(from);
    if (shim === undefined) {
      if (from >= scenario.n) faults.twinMessages++;
      this.#send(from, to, bytes);
      return;
    }
    const decoded = decodeMessage(bytes);
    const block =
      decoded.ok && decoded.value.kind === 'block' ? audit.wire.open(decoded.value.bytes) : null;
    shim.send(to, bytes, block?.header.lane === from ? block : null);
  }

  /** What the network brings. */
  arrive(from: Seat, to: Seat, bytes: Uint8Array): void {
    const { scenario, audit, hosts } = this.#world;
    const sender = this.#world.laneOf(from);
    const receiver = this.#world.laneOf(to);
    const liar = this.#liars.get(to);
    if (liar !== undefined) {
      const decoded = decodeMessage(bytes);
      if (decoded.ok && decoded.value.kind === 'want') liar.asked(sender, decoded.value.digests);
      return;
    }
    if (this.#shims.get(to)?.hears(sender) === false) return;
    const isTwin = scenario.byzantine.get(receiver) === 'twin';
    const heard = isTwin ? withoutOwnBlocks(receiver, bytes, audit.wire) : bytes;
    if (heard !== null) hosts.get(to)?.receive(sender, heard);
  }

  /** A Byzantine validator hands a message to the network. */
  #hand(from: LaneId, to: LaneId, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (decoded.ok && decoded.value.kind === 'block') this.#note(from, decoded.value.bytes);
    this.#send(from, to, bytes);
  }

  /** To every instance of a validator. */
  #send(from: Seat, to: LaneId, bytes: Uint8Array): void {
    const { network, hosts, scenario } = this.#world;
    network.send(from, to, bytes);
    const second = scenario.n + to;
    if (hosts.has(second)) network.send(from, second, bytes);
  }
}
