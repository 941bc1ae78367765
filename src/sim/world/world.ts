import type { Committee } from '../../committee/committee.ts';
import { createPrng, type Prng } from '../../std/prng.ts';
import { emptyTally } from '../../std/tally.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId } from '../../types/ids.ts';
import { Audit } from '../checkers/audit.ts';
import { COVERAGE, type Coverage, coverModel } from '../coverage.ts';
import type { Disk } from '../host/disk.ts';
import { Host, type HostPorts } from '../host/host.ts';
import type { Machine } from '../host/machine.ts';
import { Opening } from '../host/opening.ts';
import type { Continued } from '../host/savepoints.ts';
import { cutsIn } from '../reference/consensus.ts';
import { everything } from '../reference/model.ts';
import type { Scenario } from '../traits.ts';
import { Cards } from './cards.ts';
import { EventQueue } from './event-queue.ts';
import { FAULTS, type FaultTally } from './faults.ts';
import { Links } from './links.ts';
import { mockVerifier } from './mock-signatures.ts';
import { spoilSavepoint } from './nemesis.ts';
import { Network } from './network.ts';
import { Sightings } from './sightings.ts';
import type { Stage } from './stage.ts';
import { Workload } from './workload.ts';

export type CreateMachine = (stage: Stage, lane: LaneId, disk: Disk) => Machine;

/** Where an instance sits in the network: seat k is validator k, seat n + k its second instance. */
export type Seat = number;

/** The hosts of a run, what is between them, and who watches. Time passes in `runUntil`. */
export class World {
  readonly scenario: Scenario;
  readonly stage: Stage;
  readonly events = new EventQueue();
  readonly audit: Audit;
  readonly network: Network;
  readonly links: Links;
  readonly workload: Workload;
  readonly coverage: Coverage = emptyTally(COVERAGE);
  readonly faults: FaultTally = emptyTally(FAULTS);
  readonly correct: ReadonlySet<LaneId>;
  /** Whoever runs the protocol's code, by seat. */
  readonly hosts = new Map<Seat, Host>();
  /** When each validator last crashed, in microseconds. */
  readonly crashedUs = new Map<LaneId, number>();
  readonly sightings: Sightings;
  readonly #cards: Cards;
  readonly #opening: Opening;
  /** Left as they are when the others are healed. */
  readonly #frozen = new Set<LaneId>();
  readonly #prng: Prng;

  constructor(scenario: Scenario, stage: Stage, createMachine: CreateMachine) {
    this.scenario = scenario;
    this.stage = stage;
    this.#prng = createPrng(`${scenario.seed}/world`);
    const lanes = [...Array(scenario.n).keys()];
    this.correct = new Set(lanes.filter((lane) => !scenario.byzantine.has(lane)));
    const { setting, committee, ledgerId } = stage;
    const dropped = (lane: LaneId) => this.hosts.get(lane)?.dropped ?? 0;
    this.audit = new Audit(setting, committee, mockVerifier, this.correct, dropped);
    const regions = scenario.hosts.map((host) => host.region);
    this.network = new Network(
      {
        events: this.events,
        faults: this.faults,
        prng: this.#prng.fork('network'),
        stream: (from, to) => this.links.stream(from, to),
      },
      [...regions, ...regions],
      scenario.network,
      (from, to, bytes) => this.#cards.arrive(from, to, bytes),
    );
    this.links = new Links({
      hosts: this.hosts,
      isCut: (from, to) => this.network.isCut(from, to),
      laneOf: (seat) => this.laneOf(seat),
    });
    this.workload = this.#createWorkload();
    this.#opening = new Opening({
      committee,
      ledgerId,
      sharedChecks: scenario.sharedChecks === true,
    });
    this.#cards = new Cards(this, (from, bytes) => this.sightings.block(from, bytes));
    this.sightings = new Sightings(this, this.#cards);
    for (const lane of lanes) this.#populate(lane, createMachine);
  }

  get committee(): Committee {
    return this.stage.committee;
  }

  get prng(): Prng {
    return this.#prng;
  }

  get seats(): Seat[] {
    const { n, byzantine } = this.scenario;
    const second = [...byzantine].flatMap(([lane, kind]) => (kind === 'twin' ? [n + lane] : []));
    return [...Array(n).keys(), ...second];
  }

  laneOf(seat: Seat): LaneId {
    return seat % this.scenario.n;
  }

  /** Validators that run the protocol's code and are up. */
  upLanes(): LaneId[] {
    return [...this.hosts].filter(([seat, host]) => host.isUp && seat < this.scenario.n).map(lane);
  }

  /** Correct validators that are up and were healed: those that must come to an end. */
  core(): LaneId[] {
    return this.upLanes().filter((lane) => this.correct.has(lane) && !this.isFrozen(lane));
  }

  freeze(lane: LaneId): void {
    this.#frozen.add(lane);
    this.faults.frozen++;
  }

  isFrozen(lane: LaneId): boolean {
    return this.#frozen.has(lane);
  }

  start(seat: Seat): void {
    this.hosts.get(seat)?.start();
    for (const other of this.seats) this.links.connect(seat, other);
  }

  crash(seat: Seat): void {
    const host = this.hosts.get(seat);
    if (host === undefined || !host.isUp) return;
    this.faults.crashes++;
    if (host.isMidPersist) this.faults.midPersist++;
    const lost = host.crash(this.#prng);
    this.coverage.lostRecords += lost;
    if (lost > 0) this.faults.tornTails++;
    this.crashedUs.set(host.lane, this.events.nowUs);
    this.audit.journals.crashed(host.lane, host.disk.length);
    this.#unlink(seat);
  }

  restart(seat: Seat): void {
    const host = this.hosts.get(seat);
    if (host === undefined || host.isUp) return;
    this.coverage.restarts++;
    host.disk.failing = false;
    // What is on the disk may have been durable and not sent: from now on others can ask for it.
    if (this.correct.has(host.lane)) {
      for (const record of host.disk.records) this.audit.handed(host.lane, record);
    }
    if (this.scenario.byzantine.get(host.lane) === 'forgetful') {
      const { records, stop } = host.disk;
      const begins = stop?.state.generation ?? 0;
      this.audit.memory.restarts(host.lane, { records, begins }, this.upLanes());
    }
    spoilSavepoint(this, seat);
    this.start(seat);
  }

  /** Byzantine validators without code of their own do something. */
  forge(): void {
    this.#cards.forge();
  }

  runUntil(untilUs: number): void {
    while (this.audit.violations.length === 0 && this.events.runNext(untilUs));
  }

  /** Ask every validator that is up for the status of everything that was sent. */
  askStatuses(): void {
    for (const lane of this.upLanes()) {
      if (!this.hosts.get(lane)!.isQuiet) continue;
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

  /** By a validator, or before it started. */
  #dropped(lane: LaneId, generation: number): void {
    if (generation === 0) return;
    this.coverage.drops++;
    this.audit.journals.begins(lane, generation);
  }

  /** Its process has ended, and with it every link. */
  #unlink(seat: Seat): void {
    for (const other of this.seats) this.links.disconnect(seat, other);
  }

  #again(seat: Seat): void {
    this.coverage.lateStarts++;
    this.crash(seat);
    this.restart(seat);
  }

  #continued(lane: LaneId, { blocks, misfit }: Continued, left: number): void {
    if (left > 0) this.coverage.startsWithLeft++;
    if (blocks > 0 && this.correct.has(lane)) this.coverage.continued++;
    if (misfit !== null && misfit !== 'missing') this.coverage.misfits++;
  }

  #createWorkload(): Workload {
    const { scenario, stage } = this;
    const workload = new Workload(this.#prng.fork('workload'), scenario.workload, stage.ledgerId, {
      nowUs: () => this.events.nowUs,
      reachable: () => this.upLanes(),
      submit: (lane, bytes) => {
        const seats = [lane, scenario.n + lane].filter((seat) => this.hosts.has(seat));
        const seat = seats[this.workload.sent.length % Math.max(1, seats.length)];
        if (seat !== undefined) this.hosts.get(seat)!.submit(bytes);
      },
    });
    workload.fund(stage.genesisOutpoints);
    return workload;
  }

  #populate(lane: LaneId, createMachine: CreateMachine): void {
    if (!this.#cards.insert(lane)) return;
    this.hosts.set(lane, this.#createHost(lane, createMachine));
    if (this.scenario.byzantine.get(lane) !== 'twin') return;
    const second = this.scenario.n + lane;
    this.hosts.set(second, this.#createHost(second, createMachine));
  }

  #createHost(seat: Seat, createMachine: CreateMachine): Host {
    const { audit, correct } = this;
    const lane = this.laneOf(seat);
    const watched = <T extends unknown[]>(watch: (...what: T) => void) =>
      correct.has(lane) ? watch : () => undefined;
    const ports: HostPorts = {
      events: this.events,
      committee: this.stage.committee,
      ledgerId: this.stage.ledgerId,
      opening: this.#opening,
      defect: this.scenario.hostDefect ?? null,
      createMachine: (of, disk) => createMachine(this.stage, of, disk),
      release: (effects) => this.sightings.released(lane, effects),
      send: (to, bytes) => this.#cards.leave(seat, to, bytes),
      savepointEvery: this.scenario.savepoints?.everyBlocks ?? 0,
      stage: this.stage,
      kept: this.scenario.kept?.[lane] ?? 0,
      dropped: (generation) => this.#dropped(lane, generation),
      again: () => this.#again(seat),
      started: (...how) => this.#continued(lane, ...how),
      appended: watched((record: Uint8Array) => audit.journals.appended(lane, record)),
      synced: watched((count: number) => audit.journals.synced(lane, count)),
      stepped: watched((block: Block) => audit.journals.stepped(lane, block)),
      stopped: (cause) => {
        this.#unlink(seat);
        if (correct.has(lane)) audit.report('failure', `lane ${lane}: ${cause}`);
      },
      diskFailed: () => {
        this.faults.diskErrors++;
        this.crash(seat);
      },
    };
    return new Host(lane, this.scenario.hosts[lane]!, ports);
  }
}

function lane([seat]: readonly [Seat, Host]): LaneId {
  return seat;
}
