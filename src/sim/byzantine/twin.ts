import { decodeMessage, encodeMessage } from '../../codec/message.ts';
import type { LaneId } from '../../types/ids.ts';
import type { Wire } from '../checkers/wire.ts';
import { blockBytes } from '../host/opening.ts';

/**
 * What an instance of a twin hears: nothing of the other instance's blocks, of which it would learn that
 * somebody else has its key, and stop. null: nothing at all.
 */
export function withoutOwnBlocks(lane: LaneId, bytes: Uint8Array, wire: Wire): Uint8Array | null {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return bytes;
  const message = decoded.value;
  const inside = blockBytes(message);
  if (inside === null || wire.open(inside)?.header.lane !== lane) return bytes;
  return message.kind === 'heads' ? encodeMessage({ ...message, yours: null }) : null;
}
