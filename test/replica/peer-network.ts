import type { WaitingRoom, Wanted } from '../../src/replica/blocks/waiting-room.ts';
import type { Core } from '../../src/replica/core.ts';
import type { Outbound, PeerId } from '../../src/replica/effects.ts';
import { Peers } from '../../src/replica/peers/peers.ts';
import type { Block } from '../../src/types/block.ts';
import type { Digest, LaneId } from '../../src/types/ids.ts';
import type { PeerMessage } from '../../src/types/message.ts';

export const RESYNC_MS = 500;
export const OTHER: PeerId = { kind: 'lane', lane: 1 };

/** Four lanes; lane 0 is ours. What is admitted is what the test says. */
export function network() {
  const frontier = [0, 0, 0, 0];
  const wanted: Wanted[] = [];
  const admitted = new Set<Digest>();
  const forgers = new Set<LaneId>();
  const graph = {
    n: 4,
    size: 0,
    all: { frontier, tips: [0, 7, 0, 0] },
    forked: () => false,
    find: (digest: Digest) => (admitted.has(digest) ? 7 : 0),
    node: () => ({ seq: frontier[1] }),
    block: () => ({ bytes: new Uint8Array(1) }),
  };
  const core = {
    graph,
    soundness: { isUnsoundLane: (lane: LaneId) => forgers.has(lane) },
    options: { policy: { resyncMs: RESYNC_MS }, committee: { f: 1 } },
    start: { generation: 0 },
  } as unknown as Core;
  const waiting: Block[] = [];
  const newestOf = (lane: LaneId) => waiting.findLast(({ header }) => header.lane === lane) ?? null;
  const tell = (digest: Digest, from: PeerId) => wanted.push({ digest, lane: null, from });
  const asked = () => {};
  const room = { wanted: () => wanted.values(), newestOf, tell, asked } as unknown as WaitingRoom;
  const peers = new Peers(core, room);
  peers.connected(OTHER);
  // An answer to the first pull, so that none is under way.
  peers.heads(OTHER, [...frontier], 0);
  return { peers, graph, frontier, wanted, waiting, admitted, forgers };
}

export type Want = Extract<PeerMessage, { kind: 'want' }>;

export function wants(sent: readonly Outbound[]): Want[] {
  return sent.map(({ message }) => message).filter((message) => message.kind === 'want');
}
