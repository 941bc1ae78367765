import type { PeerId } from './effects.ts';

/** Different for different peers: the key of what is kept for each. */
export function peerName(peer: PeerId): string {
  return peer.kind === 'lane' ? `lane ${peer.lane}` : `observer ${peer.id}`;
}
