import { decodeMessage, encodeMessage } from '../codec/message.ts';
import type { Committee } from '../committee/committee.ts';
import type { Effects } from '../replica/effects.ts';
import { createPrng, type Prng } from '../std/prng.ts';
import type { Block } from '../types/block.ts';
import type { LaneId, TxId } from '../types/ids.ts';
import type { PeerMessage } from '../types/message.ts';
import { Audit } from './checkers/audit.ts';
import { everything } from './checkers/ledgers.ts';
import { type Coverage, coverModel, emptyCoverage } from './coverage.ts';
import type { Disk } from './disk.ts';
import { EventQueue } from './event-queue.ts';
import { Forger } from './forger.ts';
import { Host, type Machine } from './host.ts';
import { mockSigner, mockVerifier } from './mock-signatures.ts';
import { Network } from './network.ts';
import { cutsIn } from './reference/consensus.ts';
import type { Scenario } from './scenario.ts';
import { Shim } from './shim.ts';
import type { Stage } from './stage.ts';
import { Workload } from './workload.ts';

export type CreateMachine = (stage: Stage, lane: LaneId, disk: Disk) => Machine;

/** The hosts of a run, what is between them, and who watches. Time passes in `runUntil`. */
export class World {
  readonly scenario: Scenario;
  readonly stage: Stage;
  readonly events = new EventQueue();
  readonly audit: Audit;
  readonly network: Network;
  readonly workload: Workload;
  readonly coverage: Coverage = emptyCoverage();
  readonly correct: ReadonlySet<LaneId>;
  readonly hosts = new Map<LaneId, Host>();
  /** When each validator last crashed, in microseconds. */
  readonly crashedUs = new Map<LaneId, number>();
  /** When a client was first told that its transaction is final, by validator. */
  readonly finalUs = new Map<TxId, Map<LaneId, number>>();
  readonly #forgers = new Map<LaneId, Forger>();
  readonly #shims = new Map<LaneId, Shim>();
  readonly #prng: Prng;
  #lastBlockUs = 0;
  readonly #seen = new Set<string>();

  constructor(scenario: Scenario, stage: Stage, createMachine: CreateMachine) {
    this.scenario = scenario;
    this.stage = stage;
    this.#prng = createPrng(`${scenario.seed}/world`);
    const lanes = [...Array(scenario.n).keys()];
    this.correct = new Set(lanes.filter((lane) => !scenario.byzantine.has(lane)));
    this.audit = new Audit(stage.setting, stage.committee, mockVerifier, this.correct);
    const regions = scenario.hosts.map((host) => host.region);
    this.network = new Network(
      this.events,
      regions,
      scenario.network,
      this.#prng.fork('network'),
      (from, to, bytes) => this.#arrive(from, to, bytes),
    );
    this.workload = this.#createWorkload();
    for (const lane of lanes) this.#populate(lane, createMachine);
  }

  get committee(): Committee {
    return this.stage.committee;
  }

  /** When a block was last sent that nobody had sent before. */
  get lastBlockUs(): number {
    return this.#lastBlockUs;
  }

  get prng(): Prng {
    return this.#prng;
  }

  upLanes(): LaneId[] {
    return [...this.hosts.values()].filter((host) => host.isUp).map((host) => host.lane);
  }

  start(lane: LaneId): void {
    this.hosts.get(lane)?.start();
    for (let other = 0; other < this.scenario.n; other++) this.connect(lane, other);
  }

  crash(lane: LaneId): void {
    const host = this.hosts.get(lane);
    if (host === undefined || !host.isUp) return;
    this.coverage.crashes++;
    if (host.isMidPersist) this.coverage.midPersist++;
    this.coverage.lostRecords += host.crash(this.#prng);
    this.crashedUs.set(lane, this.events.nowUs);
    this.audit.journals.crashed(lane, host.disk.length);
    for (let other = 0; other < this.scenario.n; other++) this.disconnect(lane, other);
  }

  restart(lane: LaneId): void {
    const host = this.hosts.get(lane);
    if (host === undefined || host.isUp) return;
    this.coverage.restarts++;
    // What is on the disk may have been durable and not sent: from now on others can ask for it.
    if (this.correct.has(lane)) {
      for (const record of host.disk.records) this.audit.handed(lane, record);
    }
    this.start(lane);
  }

  /** Both ends learn that they can talk, unless the link is cut. */
  connect(a: LaneId, b: LaneId): void {
    if (a === b || this.network.isCut(a, b) || this.network.isCut(b, a)) return;
    const [one, other] = [this.hosts.get(a), this.hosts.get(b)];
    if (one?.isUp !== true || (other !== undefined && !other.isUp)) return;
    one.enqueue({ kind: 'connected', peer: { kind: 'lane', lane: b } });
    other?.enqueue({ kind: 'connected', peer: { kind: 'lane', lane: a } });
  }

  disconnect(a: LaneId, b: LaneId): void {
    if (a === b) return;
    this.hosts.get(a)?.enqueue({ kind: 'disconnected', peer: { kind: 'lane', lane: b } });
    this.hosts.get(b)?.enqueue({ kind: 'disconnected', peer: { kind: 'lane', lane: a } });
  }

  /** Byzantine validators without code of their own do something. */
  forge(): void {
    for (const forger of this.#forgers.values()) forger.act();
  }

  runUntil(untilUs: number): void {
    while (this.audit.violations.length === 0 && this.events.runNext(untilUs));
  }

  /** Ask every validator that is up for the status of everything that was sent. */
  askStatuses(): void {
    for (const lane of this.upLanes()) {
      for (const { tx } of this.workload.sent) {
        const status = this.hosts.get(lane)!.status(tx.txid);
        if (status !== undefined) this.audit.asked(lane, tx.txid, status);
      }
    }
  }

  cover(): void {
    const { model, ledgers } = this.audit.wire.reference;
    const all = everything(model);
    const closed = cutsIn(model, { history: all }).map((cut, i) => ledgers.of(cut, i + 1));
    coverModel(this.coverage, model, all, closed, this.correct);
    this.coverage.refused += this.audit.wire.refused.size;
  }

  #createWorkload(): Workload {
    const { scenario, stage } = this;
    const workload = new Workload(this.#prng.fork('workload'), scenario.workload, stage.ledgerId, {
      nowUs: () => this.events.nowUs,
      reachable: () => this.upLanes(),
      submit: (lane, bytes) => {
        this.hosts.get(lane)?.submit(bytes);
      },
    });
    workload.fund(stage.genesisOutpoints);
    return workload;
  }

  #populate(lane: LaneId, createMachine: CreateMachine): void {
    const kind = this.scenario.byzantine.get(lane);
    if (kind === 'silent') return;
    const signer = mockSigner(this.stage.committee.publicKey(lane));
    const transactions = () => this.workload.sent.map((sent) => sent.tx);
    const common = { lane, n: this.scenario.n, signer, wire: this.audit.wire, transactions };
    if (kind === 'forger') {
      const prng = this.#prng.fork(`forger ${lane}`);
      const timeMs = () => Math.floor(this.events.nowUs / 1000);
      const send = (to: LaneId, bytes: Uint8Array) =>
        this.#hand(lane, to, encodeMessage({ kind: 'block', bytes }));
      this.#forgers.set(lane, new Forger({ ...common, prng, timeMs, send }));
      return;
    }
    if (kind === 'shim') {
      const prng = this.#prng.fork(`shim ${lane}`);
      const send = (to: LaneId, bytes: Uint8Array) => this.#hand(lane, to, bytes);
      this.#shims.set(lane, new Shim({ ...common, prng, send }));
    }
    this.hosts.set(lane, this.#createHost(lane, createMachine));
  }

  #createHost(lane: LaneId, createMachine: CreateMachine): Host {
    const { audit } = this;
    const isCorrect = this.correct.has(lane);
    return new Host(lane, this.scenario.hosts[lane]!, {
      events: this.events,
      committee: this.stage.committee,
      ledgerId: this.stage.ledgerId,
      hastyDriver: this.scenario.hastyDriver === true,
      lyingDisk: this.scenario.lyingDisk === true,
      createMachine: (of, disk) => createMachine(this.stage, of, disk),
      release: (of, effects) => this.#released(of, effects),
      send: (from, to, bytes) => this.#leave(from, to, bytes),
      appended: (of, record) => {
        if (isCorrect) audit.journals.appended(of, record);
      },
      synced: (of, count) => audit.journals.synced(of, count),
      stopped: (of, cause) => {
        if (isCorrect) audit.report('failure', `lane ${of}: ${cause}`);
      },
      stepped: (of, block) => audit.journals.stepped(of, block.digest),
    });
  }

  #released(lane: LaneId, effects: Effects): void {
    // What is sent in the same breath is handed to the wire first: answers may rest on it.
    for (const { message } of effects.send) this.#watch(lane, message);
    this.audit.released(lane, effects);
    this.coverage.evidence += effects.evidence.length;
    this.coverage.checkpoints += effects.certified.length;
    for (const change of effects.statuses) {
      if (change.kind !== 'final') continue;
      this.coverage.final++;
      const times = this.finalUs.get(change.txid) ?? new Map<LaneId, number>();
      this.finalUs.set(change.txid, times);
      if (!times.has(lane)) times.set(lane, this.events.nowUs);
    }
  }

  #watch(lane: LaneId, message: PeerMessage): void {
    if (message.kind === 'block' && this.correct.has(lane)) this.#noteBlock(lane, message.bytes);
    if (message.kind === 'heads' && message.yours !== null && this.correct.has(lane)) {
      this.#noteBlock(lane, message.yours);
    }
    if (message.kind === 'want') this.coverage.pulls += message.digests.length;
    if (message.kind === 'transactions') this.coverage.forwarded += message.txs.length;
  }

  #noteBlock(from: LaneId, bytes: Uint8Array): Block | null {
    const block = this.audit.handed(from, bytes);
    if (block !== null && !this.#seen.has(block.digest)) {
      this.#seen.add(block.digest);
      this.#lastBlockUs = this.events.nowUs;
    }
    return block;
  }

  /** A host's message reaches its network card. */
  #leave(from: LaneId, to: LaneId, bytes: Uint8Array): void {
    const shim = this.#shims.get(from);
    if (shim === undefined) {
      this.network.send(from, to, bytes);
      return;
    }
    const decoded = decodeMessage(bytes);
    const block =
      decoded.ok && decoded.value.kind === 'block'
        ? this.audit.wire.open(decoded.value.bytes)
        : null;
    shim.send(to, bytes, block?.header.lane === from ? block : null);
  }

  /** A Byzantine validator hands a message to the network. */
  #hand(from: LaneId, to: LaneId, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (decoded.ok && decoded.value.kind === 'block') this.#noteBlock(from, decoded.value.bytes);
    this.network.send(from, to, bytes);
  }

  #arrive(from: LaneId, to: LaneId, bytes: Uint8Array): void {
    const forger = this.#forgers.get(to);
    if (forger !== undefined) {
      const decoded = decodeMessage(bytes);
      if (decoded.ok && decoded.value.kind === 'want') forger.asked(from, decoded.value.digests);
      return;
    }
    if (this.#shims.get(to)?.hears(from) === false) return;
    this.hosts.get(to)?.receive(from, bytes);
  }
}
