import { isSpentBy } from '../../ledger/coin-record.ts';
import type { Epoch } from '../../types/ids.ts';
import { certificateKey, outcomesKey } from '../outcomes/epoch-keys.ts';
import type { StoreEntry } from '../ports.ts';
import { generationPrefixes } from './generation-tables.ts';

/** The generation with which a store begins, and the stop checkpoint before it. */
export type Edge = { readonly generation: number; readonly epoch: Epoch };

/** What the keys of all tables begin with that go when a store that began at `from` is to begin at `to`. */
export function* forgottenPrefixes(from: Edge, to: Edge): Generator<string> {
  for (let gone = from.generation; gone < to.generation; gone++) yield* generationPrefixes(gone);
}

/** Keys by epoch that go with them; the certificate of the stop checkpoint stays. */
export function* forgottenKeys(from: Edge, to: Edge): Generator<string> {
  for (let gone = from.epoch; gone < to.epoch; gone++) {
    yield certificateKey(gone);
    yield outcomesKey(gone + 1);
  }
}

/** Does a record of coins say nothing of what exists behind the stop checkpoint? */
export function isForgotten({ value }: StoreEntry, { epoch }: Edge): boolean {
  return isSpentBy(value, epoch);
}
