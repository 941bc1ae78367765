import type { Epoch, TxId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';

/** A page of a snapshot, encoded, and where the next one begins; null: there is none. */
export type ProvidedPage = { readonly bytes: Uint8Array; readonly next: TxId | null };

/** A node that an observer asks. A call that gets no answer throws; answers are strangers' words. */
export type Provider = {
  readonly name: string;
  /** The certificate of its newest state; null: it has none yet. */
  latest(signal: AbortSignal): Promise<Certificate | null>;
  page(epoch: Epoch, after: TxId | null): Promise<ProvidedPage>;
  /** null: the epoch has no certificate there yet. */
  ledger(epoch: Epoch, signal: AbortSignal): Promise<Uint8Array | null | 'pruned'>;
};

/** Whom to ask, who answered last first. Who was caught at a lie is not asked again. */
export class Providers {
  readonly #note: (line: string) => void;
  #order: readonly Provider[];
  #lastLie = '';

  constructor(all: readonly Provider[], note: (line: string) => void) {
    this.#order = all;
    this.#note = note;
  }

  /** Why nobody is left; null while somebody is. */
  get exhausted(): string | null {
    return this.#order.length === 0 ? this.#lastLie : null;
  }

  inOrder(): readonly Provider[] {
    return this.#order;
  }

  prefer(provider: Provider): void {
    this.#order = [provider, ...this.#order.filter((other) => other !== provider)];
  }

  lied(provider: Provider, detail: string): void {
    this.#lastLie = `${provider.name} lies: ${detail}`;
    this.#note(`${this.#lastLie}; it is not asked again`);
    this.#order = this.#order.filter((other) => other !== provider);
  }

  /** It did not answer. */
  failed(provider: Provider, cause: unknown): void {
    this.#note(`${provider.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    this.passedOver(provider);
  }

  /** The others are asked first from now on. */
  passedOver(provider: Provider): void {
    if (!this.#order.includes(provider)) return;
    this.#order = [...this.#order.filter((other) => other !== provider), provider];
  }
}
