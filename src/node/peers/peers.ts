import type { Host } from '../../network/host.ts';
import { halt, StorageFault } from '../../storage/fault.ts';
import { snapshotPage } from '../clients/snapshots.ts';
import type { EvidenceBook } from '../evidence-book.ts';
import type { Config } from '../folder/config.ts';
import type { Identity } from '../folder/identity.ts';
import type { Log } from '../log/logger.ts';
import type { Driver } from '../loop/driver.ts';
import { PacedSlices } from '../loop/paced-slices.ts';
import type { SteadyClock } from '../loop/steady-clock.ts';
import type { LateStart } from '../start/late-start.ts';
import type { Started } from '../start/start-replica.ts';
import type { Verification } from '../verification/verification.ts';
import { ClockWatch } from './clock-watch.ts';
import { Ingress } from './ingress.ts';
import { PeerLink } from './peer-link.ts';
import { PeerLog } from './peer-log.ts';
import type { Silence } from './silence.ts';
import { StateServer } from './state-server.ts';
import { Traffic } from './traffic.ts';

export type PeersParts = {
  readonly config: Config;
  readonly log: Log;
  readonly identity: Identity;
  readonly started: Started;
  readonly host: Host;
  readonly clock: SteadyClock;
  readonly silence: Silence;
  readonly verification: Verification;
  readonly driver: Driver;
  readonly lateStart: LateStart;
  readonly evidence: EvidenceBook;
  /** Paces states for observers; for validators there are others. */
  readonly askers: PacedSlices;
  /** Nothing of this node may leave any more. */
  readonly fail: (cause: unknown) => void;
};

/** What this node hears from other nodes and says to them: the link, what is taken in, states that are asked for. */
export class Peers {
  readonly ingress: Ingress;
  readonly link: PeerLink;
  readonly log: PeerLog;
  readonly clockWatch: ClockWatch;
  readonly traffic = new Traffic();
  readonly #parts: PeersParts;

  constructor(parts: PeersParts) {
    const { log, identity, started, clock } = parts;
    this.#parts = parts;
    const names = identity.genesis.committee.map(({ name }) => name);
    this.log = new PeerLog(log, names, () => clock.now());
    this.clockWatch = new ClockWatch({
      log,
      othersMin: identity.committee.quorum - 1,
      now: () => clock.now(),
      isCaughtUp: () => started.replica.progress().ready,
    });
    this.ingress = this.#createIngress();
    this.link = this.#createLink();
  }

  /** Validators that are connected, this one included. */
  get online(): number {
    return this.link.connectedLanes + (this.#parts.identity.lane === null ? 0 : 1);
  }

  #createIngress(): Ingress {
    const { identity, started, verification, driver, lateStart, evidence } = this.#parts;
    const { genesis, ledgerId, committee } = identity;
    const { replica } = started;
    const states = this.#createStateServer();
    return new Ingress({
      ledgerId,
      committee,
      verification,
      sharedChecks: genesis.params.sharedChecks === true,
      input: (input) => {
        this.clockWatch.heard(input);
        driver.input(input);
      },
      known: (block) => replica.knows(block),
      spender: (key) => replica.output(key)?.spentBy ?? null,
      checks: (header) => replica.checks(header),
      isOldNews: (from, heads) =>
        // What still waits of this peer may make it news.
        driver.waitingOf(from) === 0 && replica.isOldNews(from, heads),
      state: async (from, message) => {
        if (message.kind === 'state') states.ask(from, message);
        else await lateStart.message(from, message);
      },
      isTaking: (peer) => this.link.isTaking(peer),
      refused: (from, code, detail) => {
        this.log.refused(from, code, detail);
        // No correct peer sends it, and to find out is work.
        this.link.transport.disconnect(from);
      },
      refusedBlock: (bytes) => evidence.refused(bytes),
    });
  }

  #createStateServer(): StateServer {
    const { started, askers, fail } = this.#parts;
    const { replica, store } = started;
    const forLanes = new PacedSlices();
    return new StateServer({
      certificate: (epoch) => replica.certificate(epoch),
      page: (to, epoch, after) => {
        const slices = to.kind === 'lane' ? forLanes : askers;
        return snapshotPage(store, epoch, after, { run: (slice) => slices.run(slice) });
      },
      isTaking: (peer) => this.link.isTaking(peer),
      send: (outbound) => this.link.send(outbound),
      failed: fail,
    });
  }

  #createLink(): PeerLink {
    const { config, host, silence, driver } = this.#parts;
    return new PeerLink({
      host,
      silence,
      ingress: this.ingress,
      traffic: this.traffic,
      delaysMs: config.dev.linkDelayMs,
      waiting: (peer) => driver.waitingOf(peer),
      misbehaved: (peer, detail) => this.log.refused(peer, detail, 'connection closed'),
      foreign: (peer, spoken) => this.log.foreign(peer, spoken, host.protocol('blocks')),
      linked: (peer, isUp) => this.log.linked(peer, isUp, this.online),
      twinSeen: (members) => this.#twinSeen(members),
    });
  }

  /** So many that one of them is correct: then it is true. Fewer are refused a link, and may be lying. */
  #twinSeen(members: number): void {
    const { identity, fail } = this.#parts;
    this.log.twin(members);
    if (members <= identity.committee.f) return;
    const detail = `${members} validators are connected to another process with this key`;
    fail(new StorageFault(halt('key-in-use', detail)));
  }
}
