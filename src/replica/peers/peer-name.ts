import type { PeerId } from '../effects.ts';

const STRANGER = 'observer ';

/** Different for different peers: the key of what is kept for each. */
export function peerName(peer: PeerId): string {
  return peer.kind === 'lane' ? `lane ${peer.lane}` : `${STRANGER}${peer.id}`;
}

/** Is it the name of a peer that is no validator? */
export function isStranger(name: string): boolean {
  return name.startsWith(STRANGER);
}
