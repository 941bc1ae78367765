import type { Outbound, PeerId } from '../replica/effects.ts';
import { peerName } from '../replica/peer-name.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Certificate } from '../types/ledger.ts';
import type { PeerMessage } from '../types/message.ts';

type Wanted = Extract<PeerMessage, { kind: 'state' }>;

export type StateServerParts = {
  /** Of an epoch whose state is still here. */
  readonly certificate: (epoch: Epoch) => Certificate | undefined;
  readonly page: (
    epoch: Epoch,
    after: TxId | null,
  ) => Promise<{ readonly bytes: Uint8Array; readonly next: TxId | null }>;
  readonly send: (outbound: Outbound) => void;
  readonly failed: (cause: unknown) => void;
};

/** Gives pages of certified states to peers that were away for too long; one at a time to each. */
export class StateServer {
  readonly #parts: StateServerParts;
  readonly #busy = new Set<string>();

  constructor(parts: StateServerParts) {
    this.#parts = parts;
  }

  ask(from: PeerId, wanted: Wanted): void {
    const name = peerName(from);
    if (this.#busy.has(name) || this.#parts.certificate(wanted.epoch) === undefined) return;
    this.#busy.add(name);
    this.#answer(from, wanted)
      .catch((cause) => this.#parts.failed(cause))
      .finally(() => this.#busy.delete(name));
  }

  async #answer(to: PeerId, { epoch, after }: Wanted): Promise<void> {
    const { bytes, next } = await this.#parts.page(epoch, after);
    // Dropped meanwhile: records may have been missing.
    if (this.#parts.certificate(epoch) === undefined) return;
    this.#parts.send({ to, message: { kind: 'page', epoch, after, next, bytes } });
  }
}
