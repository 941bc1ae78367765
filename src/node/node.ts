import path from 'node:path';
import type { PeerView } from '../api/ports.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import { createMembership, type Membership } from '../membership/membership.ts';
import { createHost, type Host } from '../network/host.ts';
import type { Signer, Verifier } from '../replica/ports.ts';
import type { LaneId } from '../types/ids.ts';
import { Ends } from './ends.ts';
import type { Config } from './folder/config.ts';
import { DEV_PREFIX } from './folder/dev-prefix.ts';
import { type Identity, readIdentity, rememberGenesis } from './folder/identity.ts';
import { readKeyFile } from './folder/key-file.ts';
import { checkAddresses } from './folder/peer-addresses.ts';
import { loadPeerRecords, savePeerRecords } from './folder/peer-records.ts';
import { listenOrExplain } from './listen.ts';
import { EventLog } from './log/event-log.ts';
import type { Log } from './log/logger.ts';
import { SteadyClock } from './loop/steady-clock.ts';
import { createNodePort } from './node-port.ts';
import { configError } from './operator-error.ts';
import type { Peers } from './peers/peers.ts';
import { Silence } from './peers/silence.ts';
import { clientConnectionsMax } from './process/open-files.ts';
import { serve } from './serve.ts';
import { Services } from './services.ts';
import { type OpenData, openData } from './start/data.ts';
import { sayReplay, sayStart } from './start/start-log.ts';
import { type Started, startReplica } from './start/start-replica.ts';
import { StartClock } from './start/start-times.ts';
import { refuseUnknownBlock } from './start/unknown-block.ts';
import { pauseOf, Scrub } from './upkeep/scrub.ts';
import { VERSION } from './version.ts';

/** A node that runs until it is stopped or fails. */
export type RunningNode = {
  readonly rest: string;
  readonly metrics: string;
  /** libp2p addresses with the peer id. */
  readonly p2p: readonly string[];
  /** Resolves when clients should be sent here for the first time: not before a quorum is connected. */
  readonly ready: Promise<void>;
  /** Clean end: answers what waits, makes everything durable, lets go of the folder. */
  stop(): Promise<void>;
  /** Something of it has failed that nobody caught. */
  fail(cause: unknown): void;
};

const PEER_RECORDS = 'peers';
const SAVE_RECORDS_MS = 60_000;
/** Beats of `resyncMs` that a link may be silent. */
const SILENT_BEATS = 3;

export type NodeOptions = {
  /** Folder of the node. */
  readonly home: string;
  readonly config: Config;
  readonly log: Log;
  /** Nothing of this node may leave any more: the process should end. */
  readonly failed: (cause: unknown) => void;
  /** It is to be stopped and started once more, from what its folder begins with now. */
  readonly again: () => void;
};

type Start = NodeOptions & {
  readonly ends: Ends;
};

/**
 * Starts the node of a folder: lock, journal, store rebuilt by replaying the journal, network, REST,
 * and only then the first step. Throws an OperatorError or a StorageFault that says what to do.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const ends = new Ends();
  try {
    return { ...(await run({ ...options, ends })), stop: () => ends.run() };
  } catch (cause) {
    await ends.run().catch((fault: unknown) => {
      options.log.error({ err: fault }, 'what a start that failed had begun could not be ended');
    });
    throw cause;
  }
}

async function run(start: Start): Promise<Omit<RunningNode, 'stop'>> {
  const { home, config, log, failed, again, ends } = start;
  const identity = readIdentity(home, config);
  refuseDistance(identity, config);
  checkAddresses(config);
  const clientsMax = clientConnectionsMax(identity.committee.members.length, config.verify.workers);
  const clock = new SteadyClock();
  let synced = (_ms: number): void => {};
  const startClock = new StartClock();
  const data = await open(start, identity, (ms) => synced(ms));
  startClock.ended('journal');
  rememberGenesis(home, config, identity);
  const { ledgerId, lane, committee } = identity;
  const verifier = createVerifier(config.verify.backend, committee.publicKeys);
  log.info({ backend: verifier.backend, mode: config.verify.mode }, 'verifying signatures');
  const started = await recover(start, identity, data, { verifier, clock, startClock });
  const { replica, store } = started;
  const events = eventsOf(start, clock);
  events?.started({ version: VERSION, ledgerId, lane, blocks: replica.blocks });

  const host = await hostOf(identity, config);
  const problem = (detail: string): void => services.peers.log.membership(detail);
  const membership = membershipOf(start, host, problem);
  const peers = () => peerViews(membership, identity.lane);
  const silence = silenceOf(start, membership);
  const services = new Services({
    config,
    log,
    identity,
    data,
    started,
    host,
    verifier,
    clock,
    peers,
    failed,
    again,
    events,
    silence,
  });
  synced = (ms) => services.metrics.journalSynced(ms / 1000);
  ends.push(() => services.close());
  await connect(start, host, services.peers, membership);

  const faucetSigner = faucetOf(home, config);
  const verifierBackend = verifier.backend;
  const port = createNodePort({
    identity,
    data,
    store,
    replica,
    services,
    verifierBackend,
    peers,
    faucetSigner,
  });
  const urls = await serve({ ...start, port, services, connectionsMax: clientsMax });
  services.driver.start();
  const fail = (cause: unknown) => services.fail(cause);
  readAgain(start, data, started, fail);
  const p2p = host.node.getMultiaddrs().map(String);
  log.info({ lane, ...urls, p2p }, 'node is up');
  return { ...urls, p2p, ready: services.readiness.reached, fail };
}

type RecoverParts = {
  readonly verifier: Verifier;
  readonly clock: SteadyClock;
  readonly startClock: StartClock;
};

/** It would slow a real network down for nothing. */
function refuseDistance({ genesis }: Identity, { dev }: Config): void {
  if (dev.linkDelayMs.every((ms) => ms === 0) || genesis.addressPrefix === DEV_PREFIX) return;
  throw configError('dev.linkDelayMs is for development networks only: leave it out');
}

async function open(
  { home, ends }: Start,
  { ledgerId, lane, signer }: Identity,
  onCommit: (ms: number) => void,
): Promise<OpenData> {
  const owner = { ledgerId, lane, publicKey: signer?.publicKey ?? null };
  const data = await openData(home, owner, onCommit);
  ends.push(() => data.close());
  return data;
}

/** The replica with all that its journal has, and its store. */
async function recover(
  { config, log, ends }: Start,
  identity: Identity,
  data: OpenData,
  { verifier, clock, startClock }: RecoverParts,
): Promise<Started> {
  const { genesis, committee, ledgerId, lane, signer } = identity;
  const trace = config.events.file !== '';
  const { policy } = config;
  const options = { genesis, ledgerId, committee, lane, signer, verifier, policy, trace };
  const said = sayReplay(log);
  const started = await startReplica(data, options, clock.now(), startClock, said);
  identity.letGoOutputs();
  ends.push(() => started.store.close());
  await refuseUnknownBlock(data.folder.unknownBlock, identity, started.replica);
  sayStart(log, identity, data, started);
  return started;
}

function hostOf({ networkSecret, ledgerId, committee }: Identity, { p2p }: Config): Promise<Host> {
  return createHost({
    secretKey: networkSecret,
    ledgerId,
    committee: committee.members,
    listen: [p2p.listen],
    announce: p2p.announce,
  });
}

async function connect(
  { config, ends }: Start,
  host: Host,
  { link }: Peers,
  membership: Membership,
): Promise<void> {
  await link.transport.start();
  ends.push(() => link.stop());
  await membership.start();
  ends.push(() => membership.stop());
  await listenOrExplain('p2p.listen', config.p2p.listen, () => host.start());
  ends.push(() => host.stop());
}

function membershipOf(
  { home, config, log, ends }: Start,
  host: Host,
  onProblem: (detail: string) => void,
): Membership {
  const file = path.join(home, PEER_RECORDS);
  const membership = createMembership(host, {
    bootstrap: config.p2p.bootstrap,
    records: loadPeerRecords(file),
    now: Date.now,
    random: Math.random,
    onProblem,
  });
  const save = () => savePeerRecords(file, membership.records(), log);
  const timer = setInterval(save, SAVE_RECORDS_MS);
  ends.push(async () => {
    clearInterval(timer);
    save();
  });
  return membership;
}

function silenceOf({ config, ends }: Start, membership: Membership): Silence {
  const silence = new Silence({
    now: () => performance.now(),
    silentMs: SILENT_BEATS * config.policy.resyncMs,
    doubt: (lane) => membership.doubt(lane),
    trust: (lane) => membership.trust(lane),
  });
  ends.push(async () => silence.stop());
  return silence;
}

/** The others. */
function peerViews(membership: Membership, own: LaneId | null): PeerView[] {
  return membership
    .members()
    .filter(({ lane }) => lane !== own)
    .map(({ rttMs, ...member }) => ({ ...member, roundTripMs: rttMs }));
}

/** Beside the work, what the start has not read. */
function readAgain(
  { log, ends }: Start,
  { journal }: OpenData,
  { savepointFolder: savepoint }: Started,
  failed: (cause: unknown) => void,
): void {
  const scrub = new Scrub({ journal, savepoint, pause: pauseOf, log, failed });
  ends.push(() => scrub.close());
}

/** Opened before the services that write to it, so that it ends after them. */
function eventsOf({ home, config, log, ends }: Start, clock: SteadyClock): EventLog | null {
  const { file, ...bounds } = config.events;
  if (file === '') return null;
  const place = { file: path.resolve(home, file), now: () => clock.now(), log };
  const events = new EventLog({ ...place, ...bounds });
  ends.push(async () => events.close());
  return events;
}

function faucetOf(home: string, { dev }: Config): Signer | null {
  if (!dev.faucet) return null;
  return createSigner(readKeyFile(path.resolve(home, dev.faucetKey)).secret);
}
