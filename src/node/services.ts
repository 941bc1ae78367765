import type { PeerView } from '../api/ports.ts';
import { StatusLog } from '../api/status-log.ts';
import type { Roots } from '../ledger/checkpoint.ts';
import type { Trust } from '../ledger/proofs.ts';
import { createMetrics, type Metrics } from '../metrics/registry.ts';
import type { Host } from '../network/host.ts';
import type { Effects } from '../replica/effects.ts';
import type { Verifier } from '../replica/ports.ts';
import { failpoint } from '../storage/failpoint.ts';
import { halt, StorageFault } from '../storage/fault.ts';
import { asDamage, StoreDamage } from '../storage/level/level-faults.ts';
import type { Epoch } from '../types/ids.ts';
import { snapshotPage } from './clients/snapshots.ts';
import { Statuses } from './clients/statuses.ts';
import { Submissions } from './clients/submissions.ts';
import { Timings } from './clients/timings.ts';
import { Delivery } from './delivery.ts';
import type { EventLog } from './event-log.ts';
import { EvidenceBook } from './evidence-book.ts';
import type { Config } from './folder/config.ts';
import type { Identity } from './folder/identity.ts';
import type { Log } from './logger.ts';
import { Driver, ReplicaHalt } from './loop/driver.ts';
import { eventLoopShare, Pace } from './loop/pace.ts';
import { PacedSlices } from './loop/paced-slices.ts';
import type { SteadyClock } from './loop/steady-clock.ts';
import { metricsSource } from './metrics-source.ts';
import { ClockWatch } from './peers/clock-watch.ts';
import { Ingress } from './peers/ingress.ts';
import { PeerLink } from './peers/peer-link.ts';
import { PeerLog } from './peers/peer-log.ts';
import type { Silence } from './peers/silence.ts';
import { StateServer } from './peers/state-server.ts';
import { Traffic } from './peers/traffic.ts';
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

/** What runs around the replica of one node: the loop, its inputs and where its effects go. */
export class Services {
  readonly driver: Driver;
  readonly link: PeerLink;
  readonly metrics: Metrics;
  readonly statuses: Statuses;
  readonly statusLog = new StatusLog();
  readonly submissions: Submissions;
  readonly ingress: Ingress;
  readonly evidence: EvidenceBook;
  readonly upkeep: Upkeep;
  readonly lateStart: LateStart;
  readonly readiness: Readiness;
  readonly clockWatch: ClockWatch;
  /** For states and ledgers that anybody may ask for; for validators there are others. */
  readonly askers = new PacedSlices();
  readonly verification: Verification;
  readonly traffic = new Traffic();
  readonly #parts: ServiceParts;
  readonly #trust: Trust;
  readonly #timings: Timings;
  readonly #peerLog: PeerLog;
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
      online: () => this.#online,
      isCaughtUp: () => replica.progress().ready,
      becameReady: () => log.info('ready'),
    });
    this.clockWatch = new ClockWatch({
      log,
      othersMin: committee.quorum - 1,
      now: () => clock.now(),
      isCaughtUp: () => replica.progress().ready,
    });
    this.metrics = createMetrics(metricsSource(parts, this));
    this.#peerLog = new PeerLog(log, () => clock.now());
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
    this.ingress = this.#createIngress();
    this.link = this.#createLink();
    this.evidence = new EvidenceBook(data.folder.evidenceFolder, this.#trust, log);
    // What the journal shows: a crash may have come before the file.
    for (const proof of replica.evidence()) this.evidence.add(proof);
    this.statuses = new Statuses(replica);
    this.submissions = new Submissions({
      ingress: this.ingress,
      input: (input) => this.driver.input(input),
      status: (txid) => this.statuses.status(txid),
      submitted: (txid) => this.#timings.submitted(txid),
      refused: (code) => this.metrics.refused(code, 1),
    });
    this.#delivery = new Delivery({
      link: this.link,
      statuses: this.statuses,
      statusLog: this.statusLog,
      timings: this.#timings,
      submissions: this.submissions,
      evidence: this.evidence,
      peerLog: this.#peerLog,
      log,
      events: parts.events,
      now: () => clock.now(),
    });
  }

  /** Validators that are connected, this one included. */
  get #online(): number {
    return this.link.connectedLanes + (this.#parts.identity.lane === null ? 0 : 1);
  }

  /** Inputs must have stopped coming. */
  async close(): Promise<void> {
    await this.lateStart.close();
    await this.driver.stop();
    await this.#kept;
    await this.upkeep.close();
    this.submissions.close();
    await this.verification.close();
    this.clockWatch.stop();
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
      send: (outbound) => this.link.send(outbound),
      stop: () => this.driver.stop(),
      failed: (cause) => this.fail(cause),
    });
  }

  #createIngress(): Ingress {
    const { identity, started } = this.#parts;
    const { genesis, ledgerId, committee } = identity;
    const { replica } = started;
    const states = this.#createStateServer();
    return new Ingress({
      ledgerId,
      committee,
      verification: this.verification,
      sharedChecks: genesis.params.sharedChecks === true,
      input: (input) => {
        this.clockWatch.heard(input);
        this.driver.input(input);
      },
      known: (digest) => replica.knows(digest),
      spender: (key) => replica.output(key)?.spentBy ?? null,
      checks: (header) => replica.checks(header),
      isOldNews: (from, heads) =>
        // What still waits of this peer may make it news.
        this.driver.waitingOf(from) === 0 && replica.isOldNews(from, heads),
      state: async (from, message) => {
        if (message.kind === 'state') states.ask(from, message);
        else await this.lateStart.message(from, message);
      },
      isTaking: (peer) => this.link.isTaking(peer),
      refused: (from, code, detail) => {
        this.#peerLog.refused(from, code, detail);
        // No correct peer sends it, and to find out is work.
        this.link.transport.disconnect(from);
      },
      refusedBlock: (bytes) => this.evidence.refused(bytes),
    });
  }

  #createStateServer(): StateServer {
    const { replica, store } = this.#parts.started;
    const forLanes = new PacedSlices();
    return new StateServer({
      certificate: (epoch) => replica.certificate(epoch),
      page: (to, epoch, after) => {
        const slices = to.kind === 'lane' ? forLanes : this.askers;
        return snapshotPage(store, epoch, after, { run: (slice) => slices.run(slice) });
      },
      isTaking: (peer) => this.link.isTaking(peer),
      send: (outbound) => this.link.send(outbound),
      failed: (cause) => this.fail(cause),
    });
  }

  #createLink(): PeerLink {
    const { config, host, silence } = this.#parts;
    return new PeerLink({
      host,
      silence,
      ingress: this.ingress,
      traffic: this.traffic,
      delaysMs: config.dev.linkDelayMs,
      waiting: (peer) => this.driver.waitingOf(peer),
      misbehaved: (peer, detail) => this.#peerLog.refused(peer, detail, 'connection closed'),
      foreign: (peer, spoken) => this.#peerLog.foreign(peer, spoken, host.protocol('blocks')),
      linked: (peer, isUp) => this.#peerLog.linked(peer, isUp, this.#online),
      twinSeen: (members) => this.#twinSeen(members),
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
    // Durable before the process ends.
    const keep = async () => {
      await keepUnknownBlock(data.folder.unknownBlock, cause, log);
      if (cause instanceof StoreDamage) await this.upkeep.savepoints.discard();
    };
    this.#kept = this.#kept.then(keep).then(() => failed(cause));
  }

  *#roots(epoch: Epoch): Generator<void, Roots> {
    failpoint('before-roots');
    const roots = yield* this.#parts.started.replica.rootWork(epoch);
    failpoint('after-roots');
    return roots;
  }

  /** So many that one of them is correct: then it is true. Fewer are refused a link, and may be lying. */
  #twinSeen(members: number): void {
    const { log, identity } = this.#parts;
    log.warn({ members }, 'a peer says that another process has the key of this validator');
    if (members <= identity.committee.f) return;
    const detail = `${members} validators are connected to another process with this key`;
    this.fail(new StorageFault(halt('key-in-use', detail)));
  }
}
