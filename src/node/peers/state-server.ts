import type { Outbound, PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import type { PeerMessage } from '../../types/message.ts';

type Wanted = Extract<PeerMessage, { kind: 'state' }>;

export type StateServerParts = {
  /** Of an epoch whose state is still here. */
  readonly certificate: (epoch: Epoch) => Certificate | undefined;
  readonly page: (
    to: PeerId,
    epoch: Epoch,
    after: TxId | null,
  ) => Promise<{ readonly bytes: Uint8Array; readonly next: TxId | null }>;
  /** Is the peer there, and has it taken what it was sent? */
  readonly isTaking: (peer: PeerId) => boolean;
  readonly send: (outbound: Outbound) => void;
  readonly failed: (cause: unknown) => void;
};

/** Gives pages of certified states to peers that were away for too long: one at a time to each, and to all strangers. */
export class StateServer {
  readonly #parts: StateServerParts;
  readonly #busy = new Set<string>();
  /** Ends when the last stranger that asked has its page. */
  #strangers: Promise<void> = Promise.resolve();

  constructor(parts: StateServerParts) {
    this.#parts = parts;
  }

  ask(from: PeerId, wanted: Wanted): void {
    const name = peerName(from);
    const { certificate, isTaking } = this.#parts;
    if (this.#busy.has(name) || certificate(wanted.epoch) === undefined || !isTaking(from)) return;
    this.#busy.add(name);
    const before = from.kind === 'lane' ? Promise.resolve() : this.#strangers;
    const answered = before
      .then(() => this.#answer(from, wanted))
      .catch((cause) => this.#parts.failed(cause))
      .finally(() => this.#busy.delete(name));
    if (from.kind === 'observer') this.#strangers = answered;
  }

  async #answer(to: PeerId, { epoch, after }: Wanted): Promise<void> {
    if (!this.#parts.isTaking(to)) return;
    const { bytes, next } = await this.#parts.page(to, epoch, after);
    // Dropped meanwhile: records may have been missing.
    if (this.#parts.certificate(epoch) === undefined) return;
    this.#parts.send({ to, message: { kind: 'page', epoch, after, next, bytes } });
  }
}
