import { encodeMessage } from '../../codec/message.ts';
import type { Committee } from '../../committee/committee.ts';
import type { Effects, Input, PeerId } from '../../replica/effects.ts';
import { openTransaction } from '../../replica/ingress.ts';
import type { TxStatus } from '../../replica/view.ts';
import type { Prng } from '../../std/prng.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId, LedgerId, TxId } from '../../types/ids.ts';
import type { HostDefect, HostTraits } from '../traits.ts';
import type { EventQueue } from '../world/event-queue.ts';
import { mockVerifier } from '../world/mock-signatures.ts';
import type { Stage } from '../world/stage.ts';
import { Disk } from './disk.ts';
import { HeldEffects } from './held-effects.ts';
import type { Machine } from './machine.ts';
import type { Opening, Queued } from './opening.ts';
import { guarded, type SnapshotProvider } from './provider.ts';
import { recover } from './recovery.ts';
import { Retention } from './retention.ts';
import { type Continued, Savepoints } from './savepoints.ts';

/** What a host tells the world. */
export type HostPorts = {
  readonly events: EventQueue;
  readonly committee: Committee;
  readonly ledgerId: LedgerId;
  readonly opening: Opening;
  readonly defect: HostDefect | null;
  /** Blocks between savepoints; 0: none are written. */
  readonly savepointEvery: number;
  readonly stage: Stage;
  /** Ended generations that it keeps; 0: all. */
  readonly kept: number;
  readonly createMachine: (lane: LaneId, disk: Disk) => Machine;
  /** Effects may leave: everything they rest on is durable. */
  readonly release: (effects: Effects) => void;
  readonly send: (to: LaneId, bytes: Uint8Array) => void;
  readonly appended: (record: Uint8Array) => void;
  readonly synced: (count: number) => void;
  /** The machine is where its disk is. `left`: so many transactions the stop state there has to be proposed again. */
  readonly started: (continued: Continued, left: number) => void;
  /** The machine threw, or asked to halt. */
  readonly stopped: (cause: string) => void;
  /** A write failed: the process ends, and nothing that rests on it has left. */
  readonly diskFailed: () => void;
  /** A peer's block has been through the machine. */
  readonly stepped: (block: Block) => void;
  /** Generations before this one are gone. */
  readonly dropped: (generation: number) => void;
  /** It was away for too long and begins elsewhere: it is to be started again. */
  readonly again: () => void;
};

/** Roots are worked out beside the protocol; they take this long. */
const ROOTS_US = 5000;

/** A machine with its disk, processor and clock, driven as the node's driver does it. */
export class Host {
  readonly lane: LaneId;
  readonly disk = new Disk();
  readonly #traits: HostTraits;
  readonly #ports: HostPorts;
  readonly #savepoints: Savepoints;
  readonly #retention: Retention;
  readonly #held: HeldEffects;
  /** How many times slower than usual its processor and its disk are at present. */
  coreFactor = 1;
  diskFactor = 1;
  #clockJumpMs = 0;
  /** Counts starts: what was planned before a crash does not happen after it. */
  #life = 0;
  #machine: Machine | null = null;
  #inbox: Queued[] = [];
  #busy = false;
  #wakeAtMs: number | null = null;
  /** Epochs whose roots are to be computed, one after the other. */
  #rootJobs: number[] = [];

  constructor(lane: LaneId, traits: HostTraits, ports: HostPorts) {
    this.lane = lane;
    this.#traits = traits;
    this.#ports = ports;
    const { ledgerId, defect, savepointEvery: everyBlocks, stage, kept, opening } = ports;
    const afterDisk = (run: () => void) => this.#later(this.#traits.syncUs * this.diskFactor, run);
    const { disk } = this;
    this.#held = new HeldEffects({
      disk,
      defect,
      afterDisk,
      appended: ports.appended,
      synced: ports.synced,
      diskFailed: ports.diskFailed,
      release: (effects) => this.#release(effects),
    });
    this.#savepoints = new Savepoints({ disk, lane, ledgerId, defect, everyBlocks, afterDisk });
    this.#retention = new Retention({
      disk,
      lane,
      stage,
      kept,
      defect,
      afterDisk,
      opening,
      dropped: ports.dropped,
      nowMs: () => this.#localMs(),
      after: (ms, run) => this.#later(ms * 1000, run),
      send: ({ to, message }) => {
        if (to !== 'all' && to.kind === 'lane') this.#send(to, encodeMessage(message));
      },
      again: ports.again,
    });
  }

  get life(): number {
    return this.#life;
  }

  get isUp(): boolean {
    return this.#machine !== null;
  }

  /** Has everything left that was said? What clients are told follows what has left. */
  get isQuiet(): boolean {
    return this.#held.isEmpty;
  }

  /** Effects or records that no sync has covered yet. */
  get isMidPersist(): boolean {
    return this.disk.length > this.disk.synced;
  }

  start(): void {
    this.#life++;
    this.#guarded(() => {
      const machine = this.#ports.createMachine(this.lane, this.disk);
      const { disk } = this;
      this.#ports.dropped(disk.stop?.state.generation ?? 0);
      const { opening, defect } = this.#ports;
      const savepoints = this.#savepoints;
      const nowMs = this.#localMs();
      const continued = recover(machine, { disk, savepoints, opening, defect, nowMs });
      this.#machine = machine;
      this.#retention.started(machine.retained);
      this.#ports.started(continued, disk.stop?.state.left.length ?? 0);
    });
    this.enqueue({ kind: 'tick' });
  }

  /** Everything that is not on the disk is gone. Returns how many records are lost. */
  crash(prng: Prng): number {
    this.#stop();
    return this.disk.crash(prng, this.#ports.defect === 'lying-disk');
  }

  receive(from: LaneId, bytes: Uint8Array): void {
    if (this.#machine === null) return;
    const peer: PeerId = { kind: 'lane', lane: from };
    if (this.#retention.hears(peer, bytes)) return;
    for (const { input, weight } of this.#ports.opening.message(peer, bytes)) {
      this.#take(input, weight);
    }
  }

  /** Blocks that others are to check first come in unchecked. */
  #take(input: Input, weight: number): void {
    const looks = input.kind !== 'block' || this.#machine?.checks(input.block.header) !== false;
    if (looks) this.enqueue(input, weight);
    else this.enqueue({ ...input, witnesses: 'unchecked' });
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

  /** The clock is put forward, or back. */
  jumpClock(byMs: number): void {
    this.#clockJumpMs += byMs;
  }

  /** null: it is down. */
  get provider(): SnapshotProvider | null {
    const provider = this.#machine?.provider;
    return provider === undefined ? null : guarded(provider, (read) => this.#guarded(read));
  }

  /** Epochs whose ledgers are dropped. */
  get dropped(): number {
    return this.#machine?.retained.dropped ?? 0;
  }

  status(txid: TxId): TxStatus | undefined {
    return this.#guarded(() => this.#machine?.status(txid)) ?? undefined;
  }

  /** Takes the next input once the processor has had its time for it. */
  #work(): void {
    const next = this.#inbox.shift();
    this.#busy = next !== undefined;
    if (next === undefined) return;
    const { inputUs, transactionUs } = this.#traits;
    this.#later((inputUs + next.weight * transactionUs) * this.coreFactor, () => {
      this.#step(next.input);
      this.#work();
    });
  }

  #step(input: Input): void {
    this.#guarded(() => {
      const more = this.#inbox.length > 0;
      const effects = this.#machine!.step(this.#localMs(), input, more);
      if (effects.halt !== null)
        throw new Error(`halt: ${effects.halt.code}, ${effects.halt.detail}`);
      if (!this.#held.take(effects)) return;
      if (input.kind === 'block') this.#ports.stepped(input.block);
      if (input.kind === 'rooted') {
        this.#rootJobs.shift();
        this.#nextRoot();
      }
      for (const { epoch } of effects.work) this.#root(epoch);
      this.#wake(effects.wakeAtMs);
      if (this.#machine === null) return;
      this.#savepoints.look(this.#machine);
      this.#retention.look();
    });
  }

  #release(effects: Effects): void {
    this.#ports.release(effects);
    for (const { to, message } of effects.send) {
      if (to === 'all' || to.kind === 'lane') this.#send(to, encodeMessage(message));
    }
  }

  #send(to: 'all' | Extract<PeerId, { kind: 'lane' }>, bytes: Uint8Array): void {
    for (let lane = 0; lane < this.#ports.committee.n; lane++) {
      if (lane === this.lane) continue;
      if (to === 'all' || to.lane === lane) this.#ports.send(lane, bytes);
    }
  }

  #root(epoch: number): void {
    this.#rootJobs.push(epoch);
    if (this.#rootJobs.length === 1) this.#nextRoot();
  }

  #nextRoot(): void {
    const [epoch] = this.#rootJobs;
    if (epoch === undefined) return;
    this.#later(ROOTS_US * this.coreFactor, () => {
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
    const { clockRate, clockOffsetMs } = this.#traits;
    return Math.floor(trueMs * clockRate + clockOffsetMs + this.#clockJumpMs);
  }

  #later(delayUs: number, run: () => void): void {
    const life = this.#life;
    this.#ports.events.after(delayUs, () => {
      if (life === this.#life) run();
    });
  }

  #guarded<T>(run: () => T): T | null {
    try {
      return run();
    } catch (cause) {
      this.#stop();
      this.#ports.stopped(cause instanceof Error ? (cause.stack ?? cause.message) : 'threw');
      return null;
    }
  }

  #stop(): void {
    this.#life++;
    this.#machine = null;
    this.#inbox = [];
    this.#busy = false;
    this.#held.clear();
    this.#wakeAtMs = null;
    this.#rootJobs = [];
  }
}
