import type { PeerView } from '../api/ports.ts';
import { StatusLog } from '../api/status-log.ts';
import type { Roots } from '../ledger/checkpoint.ts';
import type { Trust } from '../ledger/proofs.ts';
import { createMetrics, type Metrics } from '../metrics/registry.ts';
import type { Host } from '../network/host.ts';
import type { Effects } from '../replica/effects.ts';
import type { Verifier } from '../replica/ports.ts';
import { failpoint } from '../storage/failpoint.ts';
import { StorageFault } from '../storage/fault.ts';
import { asDamage, StoreDamage } from '../storage/level/level-faults.ts';
import type { Epoch } from '../types/ids.ts';
import { Statuses } from './clients/statuses.ts';
import { Submissions } from './clients/submissions.ts';
import { Timings } from './clients/timings.ts';
import { Delivery } from './delivery.ts';
import { EvidenceBook } from './evidence-book.ts';
import type { Config } from './folder/config.ts';
import type { Identity } from './folder/identity.ts';
import { inTime } from './in-time.ts';
import type { EventLog } from './log/event-log.ts';
import type { Log } from './log/logger.ts';
import { Driver, ReplicaHalt } from './loop/driver.ts';
import { eventLoopShare, Pace } from './loop/pace.ts';
import { PacedSlices } from './loop/paced-slices.ts';
import type { SteadyClock } from './loop/steady-clock.ts';
import { metricsSource } from './metrics-source.ts';
import { Peers } from './peers/peers.ts';
import type { Silence } from './peers/silence.ts';
import { Readiness } from './readiness.ts';
import type { OpenData } from './start/data.ts';
import { LateStart } from './start/late-start.ts';
import type { Started } from './start/start-replica.ts';
import { keepUnknownBlock } from './start/unknown-block.ts';
import { Upkeep } from './upkeep/upkeep.ts';
import { inlineBatches, workerBatches } from './verification/batch-verifier.ts';
import { Verification } from './verification/verification.ts';

export type ServiceParts = {
  readonly config: Config;
  readonly log: Log;
  readonly identity: Identity;
  readonly data: OpenData;
  readonly started: Started;
  readonly host: Host;
  readonly verifier: Verifier;
  readonly clock: SteadyClock;
  /** null: nobody asked for one. */
  readonly events: EventLog | null;
  /** Who is known and alive; made later than this. */
  readonly peers: () => readonly PeerView[];
  readonly silence: Silence;
  readonly failed: (cause: unknown) => void;
  /** Everything here begins elsewhere now: the node is to start again. */
  readonly again: () => void;
};

/** Beats of `resyncMs` in which a page of a state is expected. */
const PAGE_BEATS = 8;

/** How long what the next start should know of a failure may take. */
const KEEP_MS = 5000;

/** What runs around the replica of one node: the loop, its inputs and where its effects go. */
export class Services {
  readonly driver: Driver;
  readonly metrics: Metrics;
  readonly statuses: Statuses;
  readonly statusLog = new StatusLog();
  readonly submissions: Submissions;
  readonly peers: Peers;
  readonly evidence: EvidenceBook;
  readonly upkeep: Upkeep;
  readonly lateStart: LateStart;
  readonly readiness: Readiness;
  /** For states and ledgers that anybody may ask for. */
  readonly askers = new PacedSlices();
  readonly verification: Verification;
  readonly #parts: ServiceParts;
  readonly #trust: Trust;
  readonly #timings: Timings;
  readonly #delivery: Delivery;
  #kept = Promise.resolve();
  readonly #pace = new Pace(eventLoopShare(), () => performance.now());

  constructor(parts: ServiceParts) {
    const { log, identity, data, started, clock, verifier } = parts;
    const { replica } = started;
    const { ledgerId, committee, lane } = identity;
    this.#parts = parts;
    this.#trust = { ledgerId, committee, verifier };
    this.readiness = new Readiness({
      lane,
      quorum: committee.quorum,
      online: () => this.peers.online,
      isCaughtUp: () => replica.progress().ready,
      becameReady: () => log.info('ready'),
    });
    this.metrics = createMetrics(metricsSource(parts, this));
    this.#timings = new Timings(
      (path, seconds) => this.metrics.final(path, seconds),
      () => performance.now(),
    );
    this.verification = this.#createVerification();
    this.upkeep = new Upkeep({
      ...parts,
      isBusy: () => this.#pace.isBusy,
      betweenSteps: () => this.driver.betweenSteps(),
    });
    this.driver = this.#createDriver();
    this.lateStart = this.#createLateStart();
    this.evidence = new EvidenceBook(data.folder.evidenceFolder, this.#trust, log);
    // What the journal shows: a crash may have come before the file.
    for (const proof of replica.evidence()) this.evidence.add(proof);
    this.peers = new Peers({
      ...parts,
      verification: this.verification,
      driver: this.driver,
      lateStart: this.lateStart,
      evidence: this.evidence,
      askers: this.askers,
      fail: (cause) => this.fail(cause),
    });
    this.statuses = new Statuses(replica);
    this.submissions = new Submissions({
      ingress: this.peers.ingress,
      input: (input) => this.driver.input(input),
      status: (txid) => this.statuses.status(txid),
      submitted: (txid) => this.#timings.submitted(txid),
      refused: (code) => this.metrics.refused(code, 1),
    });
    this.#delivery = new Delivery({
      link: this.peers.link,
      statuses: this.statuses,
      statusLog: this.statusLog,
      timings: this.#timings,
      submissions: this.submissions,
      evidence: this.evidence,
      peerLog: this.peers.log,
      log,
      events: parts.events,
      now: () => clock.now(),
    });
  }

  /** Inputs must have stopped coming. */
  async close(): Promise<void> {
    await this.lateStart.close();
    await this.driver.stop();
    await this.#kept;
    await this.upkeep.close();
    this.submissions.close();
    await this.verification.close();
    this.peers.clockWatch.stop();
    this.metrics.close();
  }

  #createVerification(): Verification {
    const { config, verifier } = this.#parts;
    const { mode, workers } = config.verify;
    const failed = (cause: unknown): void => this.fail(cause);
    return new Verification(
      mode === 'inline' ? inlineBatches(verifier) : workerBatches(workers, verifier, failed),
      (seconds) => this.metrics.batchVerified(seconds),
    );
  }

  #createDriver(): Driver {
    const { data, started, clock } = this.#parts;
    return new Driver({
      replica: started.replica,
      journal: data.journal,
      store: started.store,
      now: () => clock.now(),
      spacingMs: () => this.#pace.spacingMs(),
      roots: (epoch) => this.#roots(epoch),
      between: () => this.upkeep.look(),
      stepped: (effects) => this.#stepped(effects),
      release: (effects) => this.#delivery.deliver(effects),
      failed: (cause) => this.#failed(cause),
    });
  }

  #createLateStart(): LateStart {
    const { config, log, identity, data, started, clock, again } = this.#parts;
    const { genesis, ledgerId, lane } = identity;
    return new LateStart({
      genesis,
      trust: this.#trust,
      ledgerId,
      lane,
      log,
      again,
      replica: started.replica,
      journal: data.journal,
      stops: data.stops,
      patienceMs: PAGE_BEATS * config.policy.resyncMs,
      now: () => clock.now(),
      send: (outbound) => this.peers.link.send(outbound),
      stop: () => this.driver.stop(),
      failed: (cause) => this.fail(cause),
    });
  }

  #stepped(effects: Effects): void {
    this.statuses.stepped(effects.statuses);
    this.readiness.look();
  }

  /** Nothing of this node may leave any more. */
  fail(cause: unknown): void {
    this.driver.fail(cause);
  }

  #failed(thrown: unknown): void {
    const cause = asDamage(thrown);
    const code =
      cause instanceof StorageFault || cause instanceof ReplicaHalt ? cause.code : 'failed';
    const { events, data, log, failed } = this.#parts;
    events?.halted(code, cause instanceof Error ? cause.message : String(cause));
    // Durable before the process ends, unless the disk hangs: then at least the cause is told.
    const keep = async () => {
      await keepUnknownBlock(data.folder.unknownBlock, cause, log);
      if (cause instanceof StoreDamage) await this.upkeep.savepoints.discard();
    };
    this.#kept = inTime(keep(), KEEP_MS).then((isKept) => {
      if (!isKept) log.error('the disk hangs: what the next start should know may not be written');
      failed(cause);
    });
  }

  *#roots(epoch: Epoch): Generator<void, Roots> {
    failpoint('before-roots');
    const roots = yield* this.#parts.started.replica.rootWork(epoch);
    failpoint('after-roots');
    return roots;
  }
}
