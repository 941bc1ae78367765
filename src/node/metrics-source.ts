import type { MetricsSource } from '../metrics/ports.ts';
import { freeBytes } from '../storage/free-bytes.ts';
import type { ServiceParts, Services } from './services.ts';
import { VERSION } from './version.ts';

/** What a scrape reads of a node, when it comes: services that are made later than this, too. */
export function metricsSource(parts: ServiceParts, services: Services): MetricsSource {
  const { started, verifier, data, host } = parts;
  return {
    version: VERSION,
    verifierBackend: verifier.backend,
    view: () => started.replica,
    ready: () => services.readiness.isReady,
    verifyQueueLength: () => services.verification.depth,
    verified: () => services.verification.counts,
    journal: () => data.journal,
    storeBytes: () => started.store.tableBytes,
    diskFreeBytes: () => freeBytes(data.folder.storeFolder),
    dropped: () => services.upkeep.pruner.counts,
    start: () => started,
    savepoints: () => services.upkeep.savepoints.counts,
    validators: () => presence(parts),
    peers: () => services.peers.link.connectedPeers,
    othersAheadMs: () => services.peers.clockWatch.offsetMs,
    turnedAway: () => host.turnedAway(),
    traffic: () => services.peers.traffic.list(),
  };
}

function presence({ identity, peers }: ServiceParts): ReturnType<MetricsSource['validators']> {
  const known = new Map(peers().map((peer) => [peer.lane, peer]));
  return identity.committee.members.map((_, lane) => {
    const peer = known.get(lane);
    const online = lane === identity.lane || peer?.connected === true;
    return { lane, online, roundTripMs: peer?.roundTripMs ?? null };
  });
}
