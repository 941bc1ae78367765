import type { DialOptions } from '@libp2p/interface';
import { NETWORK_LIMITS } from '../types/limits.ts';

export type DialLimits = {
  /** Until the other machine answers. */
  readonly connectMs: number;
  /** From then on, for the process there, which may be slow. */
  readonly handshakeMs: number;
};

/** Of a machine of which nobody knows how far it is; longer than it takes around the world. */
const CONNECT_MAX_MS = 1400;
const CONNECT_MIN_MS = 400;

/**
 * What is lost on the way is sent again after 1 s, then after 2 more, 4 more: a dial into a network that
 * has just healed would wait for that, a new one gets through at once. The other machine answers without
 * its process, in one round trip (null: nobody has measured it yet); there is time for three.
 */
export function dialLimits(rttMs: number | null): DialLimits {
  const asked = rttMs === null ? CONNECT_MAX_MS : 3 * rttMs;
  const connectMs = Math.min(CONNECT_MAX_MS, Math.max(CONNECT_MIN_MS, asked));
  return { connectMs, handshakeMs: NETWORK_LIMITS.handshakeMs.value };
}

type Progress = NonNullable<DialOptions['onProgress']>;

/** Runs one dial with an end to each of its halves. Rejects as the dial does. */
export async function dialWithin<T>(
  { connectMs, handshakeMs }: DialLimits,
  dial: (options: { readonly signal: AbortSignal; readonly onProgress: Progress }) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  // Only after what has arrived meanwhile was looked at: this process itself may have stood still.
  const abort = (): void => void setImmediate(() => end.abort());
  let timer = setTimeout(abort, connectMs);
  const onProgress: Progress = ({ type }) => {
    if (!type.startsWith('upgrader:')) return;
    clearTimeout(timer);
    timer = setTimeout(abort, handshakeMs);
  };
  try {
    return await dial({ signal: end.signal, onProgress });
  } finally {
    clearTimeout(timer);
  }
}
