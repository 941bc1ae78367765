import { isSpentBy } from '../../ledger/coin-record.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import type { Epoch } from '../../types/ids.ts';
import { certificateKey, outcomesKey } from '../outcomes/epoch-keys.ts';
import { REJECTED_TABLE, rejectedEpochOf } from '../outcomes/rejections.ts';
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

/** Tables by txid, whose entries are looked at one by one. */
export const LOOKED_THROUGH = [COIN_TABLE, REJECTED_TABLE] as const;

/** Does an entry of these say nothing of what exists behind the stop checkpoint, or of ledgers that do? */
export function isForgotten({ key, value }: StoreEntry, { epoch }: Edge): boolean {
  return key.startsWith(REJECTED_TABLE) ? rejectedEpochOf(value) <= epoch : isSpentBy(value, epoch);
}
