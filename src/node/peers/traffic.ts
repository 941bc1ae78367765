import type { PeerTraffic } from '../../metrics/ports.ts';

/** Messages and bytes by direction and kind. */
export class Traffic {
  readonly #totals = new Map<string, { messages: number; bytes: number }>();

  count(direction: 'in' | 'out', kind: string, copies: number, bytes: number): void {
    const key = `${direction} ${kind}`;
    const totals = this.#totals.get(key) ?? { messages: 0, bytes: 0 };
    totals.messages += copies;
    totals.bytes += copies * bytes;
    this.#totals.set(key, totals);
  }

  list(): readonly PeerTraffic[] {
    return [...this.#totals].map(([key, totals]) => {
      const [direction, kind = ''] = key.split(' ');
      return { direction: direction === 'in' ? 'in' : 'out', kind, ...totals };
    });
  }
}
