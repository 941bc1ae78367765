import type { PeerId } from '../effects.ts';
import { peerName } from './peer-name.ts';

type Link = { readonly id: PeerId; generation: number };

/** Who is connected, and how far each is known to be since then. */
export class Links {
  readonly #links = new Map<string, Link>();

  get ids(): PeerId[] {
    return [...this.#links.values()].map(({ id }) => id);
  }

  connected(id: PeerId): void {
    this.#links.set(peerName(id), { id, generation: 0 });
  }

  disconnected(id: PeerId): void {
    this.#links.delete(peerName(id));
  }

  /** The peer told that it has begun this generation. */
  begun(id: PeerId, generation: number): void {
    const link = this.#links.get(peerName(id));
    if (link !== undefined) link.generation = Math.max(link.generation, generation);
  }

  hasLeft(id: PeerId, generation: number): boolean {
    return (this.#links.get(peerName(id))?.generation ?? 0) > generation;
  }
}
