import { addressKey } from '../../std/rate-limit.ts';

export type ShareBounds = { readonly max: number; readonly perAddressMax: number };

/** Something that clients share: all of them together have so much of it at most, and each address has so much. */
export class Shares {
  readonly #bounds: ShareBounds;
  readonly #ofAddress = new Map<string, number>();
  #taken = 0;

  constructor(bounds: ShareBounds) {
    this.#bounds = bounds;
  }

  get taken(): number {
    return this.#taken;
  }

  /** What gives it back, once; null: there is no room. */
  take(address: string | undefined, amount: number): (() => void) | null {
    const { max, perAddressMax } = this.#bounds;
    const key = addressKey(address);
    const ofAddress = this.#ofAddress.get(key) ?? 0;
    if (this.#taken + amount > max || ofAddress + amount > perAddressMax) return null;
    this.#add(key, amount);
    return () => this.#add(key, -amount);
  }

  #add(key: string, amount: number): void {
    this.#taken += amount;
    const ofAddress = (this.#ofAddress.get(key) ?? 0) + amount;
    if (ofAddress === 0) this.#ofAddress.delete(key);
    else this.#ofAddress.set(key, ofAddress);
  }
}
