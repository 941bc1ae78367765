import { decodeMessage, encodeMessage } from '../codec/message.ts';
import type { Committee } from '../committee/committee.ts';
import type { Effects, Input, PeerId } from '../replica/effects.ts';
import { openBlock, openTransaction } from '../replica/ingress.ts';
import type { TxStatus } from '../replica/view.ts';
import type { Prng } from '../std/prng.ts';
import type { Block } from '../types/block.ts';
import type { LaneId, LedgerId, TxId } from '../types/ids.ts';
import type { PeerMessage } from '../types/message.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { Disk } from './disk.ts';
import type { EventQueue } from './event-queue.ts';
import { mockVerifier } from './mock-signatures.ts';
import type { SnapshotProvider } from './provider.ts';
import type { HostTraits } from './scenario.ts';

/** What a host drives. */
export type Machine = {
  step(nowMs: number, input: Input): Effects;
  restore(block: Verified<Block>): Effects;
  status(txid: TxId): TxStatus;
  readonly provider: SnapshotProvider;
  /** The roots of an epoch that the machine asked for. */
  roots(epoch: number): { readonly txRoot: Block['digest']; readonly stateRoot: Block['digest'] };
};

/** What a host tells the world. */
export type HostPorts = {
  readonly events: EventQueue;
  readonly committee: Committee;
  readonly ledgerId: LedgerId;
  readonly hastyDriver: boolean;
  readonly lyingDisk: boolean;
  readonly createMachine: (lane: LaneId, disk: Disk) => Machine;
  /** Effects may leave: everything they rest on is durable. */
  readonly release: (lane: LaneId, effects: Effects) => void;
  readonly send: (from: LaneId, to: LaneId, bytes: Uint8Array) => void;
  readonly appended: (lane: LaneId, record: Uint8Array) => void;
  readonly synced: (lane: LaneId, count: number) => void;
  /** The machine threw, or asked to halt. */
  readonly stopped: (lane: LaneId, cause: string) => void;
  /** A peer's block has been through the machine. */
  readonly stepped: (lane: LaneId, block: Block) => void;
};

/** What bytes of the wire turn out to be; the same for every receiver. */
type Opened = {
  readonly message: PeerMessage;
  /** The block in it, if there is a right one. */
  readonly block: Verified<Block> | null;
};

/** Every receiver of a message is given the same bytes: they are opened once. */
const opened = new WeakMap<Uint8Array, Opened | null>();

type Queued = { readonly input: Input; readonly weight: number };

/** Roots are worked out beside the protocol; they take this long. */
const ROOTS_US = 5000;

/** A machine with its disk, processor and clock, driven as the node's driver does it. */
export class Host {
  readonly lane: LaneId;
  readonly disk = new Disk();
  readonly #traits: HostTraits;
  readonly #ports: HostPorts;
  /** Counts starts: what was planned before a crash does not happen after it. */
  #life = 0;
  #machine: Machine | null = null;
  #inbox: Queued[] = [];
  #busy = false;
  #syncing = false;
  #unreleased: { readonly upTo: number; readonly effects: Effects }[] = [];
  #wakeAtMs: number | null = null;
  /** Epochs whose roots are to be computed, one after the other. */
  #rootJobs: number[] = [];

  constructor(lane: LaneId, traits: HostTraits, ports: HostPorts) {
    this.lane = lane;
    this.#traits = traits;
    this.#ports = ports;
  }

  get isUp(): boolean {
    return this.#machine !== null;
  }

  /** Effects or records that no sync has covered yet. */
  get isMidPersist(): boolean {
    return this.disk.length > this.disk.synced;
  }

  start(): void {
    this.#life++;
    const { committee, ledgerId, createMachine } = this.#ports;
    this.#guarded(() => {
      const machine = createMachine(this.lane, this.disk);
      for (const record of this.disk.records) {
        const block = openBlock(record, committee, ledgerId, mockVerifier);
        if (!block.ok) throw new Error(`journal: ${block.error.detail}`);
        const { halt, work } = machine.restore(block.value);
        if (halt !== null) throw new Error(`halt: ${halt.code}, ${halt.detail}`);
        for (const { epoch } of work) this.#root(epoch);
      }
      this.#machine = machine;
    });
    this.enqueue({ kind: 'tick' });
  }

  /** Everything that is not on the disk is gone. Returns how many records are lost. */
  crash(prng: Prng): number {
    this.#stop();
    return this.disk.crash(prng, this.#ports.lyingDisk);
  }

  receive(from: LaneId, bytes: Uint8Array): void {
    if (this.#machine === null) return;
    const peer: PeerId = { kind: 'lane', lane: from };
    const found = this.#open(peer, bytes);
    if (found !== undefined) this.enqueue(found.input, found.weight);
  }

  /** False when the bytes are no transaction of this ledger (the API's own answer). */
  submit(bytes: Uint8Array): boolean {
    const tx = openTransaction(bytes, this.#ports.ledgerId, mockVerifier);
    if (!tx.ok) return false;
    this.enqueue({ kind: 'submit', tx: tx.value }, 1);
    return true;
  }

  enqueue(input: Input, weight = 0): void {
    if (this.#machine === null) return;
    this.#inbox.push({ input, weight });
    if (!this.#busy) this.#work();
  }

  /** null: it is down. */
  get provider(): SnapshotProvider | null {
    return this.#machine?.provider ?? null;
  }

  status(txid: TxId): TxStatus | undefined {
    return this.#machine?.status(txid);
  }

  #open(from: PeerId, bytes: Uint8Array): Queued | undefined {
    const known = opened.get(bytes);
    const found = known === undefined ? this.#openOnce(bytes) : known;
    opened.set(bytes, found);
    if (found === null) return undefined;
    const { message, block } = found;
    if (message.kind === 'transactions') return this.#openForwarded(from, message);
    const arrived = block === null ? undefined : blockInput(from, block);
    if (message.kind === 'block') return arrived;
    // The own newest block that the peer knows comes like any other block.
    if (arrived !== undefined) this.enqueue(arrived.input, arrived.weight);
    return { input: { kind: 'message', from, message }, weight: 0 };
  }

  #openOnce(bytes: Uint8Array): Opened | null {
    const decoded = decodeMessage(bytes);
    if (!decoded.ok) return null;
    const message = decoded.value;
    const inside = bytesInside(message);
    if (inside === null) return { message, block: null };
    const { committee, ledgerId } = this.#ports;
    const block = openBlock(inside, committee, ledgerId, mockVerifier);
    return { message, block: block.ok ? block.value : null };
  }

  #openForwarded(
    from: PeerId,
    message: Extract<PeerMessage, { kind: 'transactions' }>,
  ): Queued | undefined {
    const txs: Verified<Transaction>[] = [];
    for (const bytes of message.txs) {
      const tx = openTransaction(bytes, this.#ports.ledgerId, mockVerifier);
      if (tx.ok) txs.push(tx.value);
    }
    return { input: { kind: 'forwarded', from, txs }, weight: txs.length };
  }

  /** Takes the next input once the processor has had its time for it. */
  #work(): void {
    const next = this.#inbox.shift();
    this.#busy = next !== undefined;
    if (next === undefined) return;
    const { inputUs, transactionUs } = this.#traits;
    this.#later(inputUs + next.weight * transactionUs, () => {
      this.#step(next.input);
      this.#work();
    });
  }

  #step(input: Input): void {
    this.#guarded(() => {
      const effects = this.#machine!.step(this.#localMs(), input);
      if (effects.halt !== null)
        throw new Error(`halt: ${effects.halt.code}, ${effects.halt.detail}`);
      for (const record of effects.persist) {
        this.disk.append(record);
        this.#ports.appended(this.lane, record);
      }
      const upTo = this.#ports.hastyDriver ? 0 : this.disk.length;
      this.#unreleased.push({ upTo, effects });
      this.#releaseDurable();
      this.#sync();
      if (input.kind === 'block') this.#ports.stepped(this.lane, input.block);
      if (input.kind === 'rooted') {
        this.#rootJobs.shift();
        this.#nextRoot();
      }
      for (const { epoch } of effects.work) this.#root(epoch);
      this.#wake(effects.wakeAtMs);
    });
  }

  /** One sync at a time covers everything appended before it began. */
  #sync(): void {
    if (this.#syncing || this.disk.length === this.disk.synced) return;
    this.#syncing = true;
    const count = this.disk.length;
    this.#later(this.#traits.syncUs, () => {
      this.#syncing = false;
      this.disk.sync(count);
      this.#ports.synced(this.lane, count);
      this.#releaseDurable();
      this.#sync();
    });
  }

  #releaseDurable(): void {
    while ((this.#unreleased[0]?.upTo ?? Infinity) <= this.disk.synced) {
      const { effects } = this.#unreleased.shift()!;
      this.#ports.release(this.lane, effects);
      for (const { to, message } of effects.send) {
        if (to === 'all' || to.kind === 'lane') this.#send(to, encodeMessage(message));
      }
    }
  }

  #send(to: 'all' | Extract<PeerId, { kind: 'lane' }>, bytes: Uint8Array): void {
    for (let lane = 0; lane < this.#ports.committee.n; lane++) {
      if (lane === this.lane) continue;
      if (to === 'all' || to.lane === lane) this.#ports.send(this.lane, lane, bytes);
    }
  }

  #root(epoch: number): void {
    this.#rootJobs.push(epoch);
    if (this.#rootJobs.length === 1) this.#nextRoot();
  }

  #nextRoot(): void {
    const [epoch] = this.#rootJobs;
    if (epoch === undefined) return;
    this.#later(ROOTS_US, () => {
      this.#guarded(() => {
        this.enqueue({ kind: 'rooted', epoch, ...this.#machine!.roots(epoch) });
      });
    });
  }

  #wake(atMs: number | null): void {
    if (atMs === null || (this.#wakeAtMs !== null && this.#wakeAtMs <= atMs)) return;
    this.#wakeAtMs = atMs;
    const waitMs = Math.max(1, atMs - this.#localMs());
    this.#later((waitMs / this.#traits.clockRate) * 1000, () => {
      if (this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = null;
      this.enqueue({ kind: 'tick' });
    });
  }

  #localMs(): number {
    const trueMs = this.#ports.events.nowUs / 1000;
    return Math.floor(trueMs * this.#traits.clockRate + this.#traits.clockOffsetMs);
  }

  #later(delayUs: number, run: () => void): void {
    const life = this.#life;
    this.#ports.events.after(delayUs, () => {
      if (life === this.#life) run();
    });
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (cause) {
      this.#stop();
      this.#ports.stopped(
        this.lane,
        cause instanceof Error ? (cause.stack ?? cause.message) : 'threw',
      );
    }
  }

  #stop(): void {
    this.#life++;
    this.#machine = null;
    this.#inbox = [];
    this.#busy = false;
    this.#syncing = false;
    this.#unreleased = [];
    this.#wakeAtMs = null;
    this.#rootJobs = [];
  }
}

function bytesInside(message: PeerMessage): Uint8Array | null {
  if (message.kind === 'block') return message.bytes;
  return message.kind === 'heads' ? message.yours : null;
}

function blockInput(from: PeerId, block: Verified<Block>): Queued {
  return { input: { kind: 'block', from, block }, weight: block.txs.length };
}
