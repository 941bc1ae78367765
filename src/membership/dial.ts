import type { DialOptions } from '@libp2p/interface';
import { NETWORK_LIMITS } from '../types/limits.ts';

export type DialLimits = {
  /** Until the other machine answers. It does so without its process, so it takes one round trip. */
  readonly connectMs: number;
  /** From then on, for the process there, which may be slow. */
  readonly handshakeMs: number;
};

/**
 * What is lost on the way is sent again after 1 s, then after 2 more, 4 more: a dial into a network that
 * has just healed would wait for that, a new one gets through at once.
 */
export const DEFAULT_DIAL_LIMITS: DialLimits = {
  connectMs: 1400,
  handshakeMs: NETWORK_LIMITS.handshakeMs.value,
};

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
