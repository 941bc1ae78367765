import type { NodePort, PeerView } from '../api/ports.ts';
import type { Signer } from '../replica/ports.ts';
import type { Replica } from '../replica/replica.ts';
import type { ReplicaView } from '../replica/view.ts';
import { defined } from '../std/assert.ts';
import type { LevelStore } from '../storage/level/level-store.ts';
import { createAddressIndex } from './clients/address-index.ts';
import { Faucet } from './clients/faucet.ts';
import { createSnapshots } from './clients/snapshots.ts';
import type { Identity } from './folder/identity.ts';
import type { Services } from './services.ts';
import type { OpenData } from './start/data.ts';
import { VERSION } from './version.ts';

/** How many epochs a payment of the faucet may wait. */
const FAUCET_EPOCHS = 100_000;

export type NodePortParts = {
  readonly identity: Identity;
  readonly data: OpenData;
  readonly store: LevelStore;
  readonly replica: Replica;
  readonly services: Services;
  readonly verifierBackend: string;
  readonly peers: () => readonly PeerView[];
  /** null: no faucet here. */
  readonly faucetSigner: Signer | null;
};

/** What REST sees of this node. */
export function createNodePort(parts: NodePortParts): NodePort {
  const { identity, replica, services, faucetSigner } = parts;
  const { genesis, ledgerId, lane, committee } = identity;
  const { driver } = services;
  const whole = () => (driver.isMidStep ? driver.betweenSteps() : null);
  const addresses = createAddressIndex(parts.store, () => replica.progress().applied, whole);
  const submit: NodePort['submit'] = (transactions, source) =>
    services.submissions.submit(transactions, source);
  const faucet =
    faucetSigner === null
      ? null
      : new Faucet({
          signer: faucetSigner,
          ledgerId,
          addresses,
          minFee: genesis.params.minFee,
          validUntil: () => replica.progress().decided + FAUCET_EPOCHS,
          submit: async (bytes) => defined((await submit([bytes], 'faucet'))[0], 'one answer'),
        });
  return {
    version: VERSION,
    genesis,
    ledgerId,
    quorum: committee.quorum,
    lane,
    verifierBackend: parts.verifierBackend,
    startedMs: Date.now(),
    view: toldView(replica, services),
    whole,
    durable: () => driver.durable(),
    addresses,
    snapshots: createSnapshots(parts.store, (epoch) => replica.ledger(epoch), services.askers),
    statusLog: services.statusLog,
    submit,
    waitFor: (txid, level, timeoutMs, signal) =>
      services.statuses.waitFor(txid, level, timeoutMs, signal),
    peers: parts.peers,
    readiness: () => services.readiness.checks(),
    faucet: faucet === null ? null : (lock, amount) => faucet.pay(lock, amount),
  };
}

/** The replica's view, with statuses as they may be told. */
function toldView(replica: ReplicaView, services: Services): ReplicaView {
  return {
    progress: () => replica.progress(),
    counters: () => replica.counters(),
    lanes: () => replica.lanes(),
    status: (txid) => services.statuses.status(txid),
    transactionBytes: (txid) => replica.transactionBytes(txid),
    output: (key) => replica.output(key),
    certificate: (epoch) => replica.certificate(epoch),
    transactionProof: (txid) => replica.transactionProof(txid),
    outputProof: (txid) => replica.outputProof(txid),
    evidence: () => services.evidence.list(),
  };
}
