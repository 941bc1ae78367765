import { decodeStored } from '../../codec/reader.ts';
import { uint32Bytes } from '../../std/bytes.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { Store } from '../ports.ts';

/*
 * Which ledger has rejected a transaction, where generations end: one table for all of them, so that of a txid that
 * nobody has not each generation is asked. Of what a ledger has accepted the coins say the same.
 */
export const REJECTED_TABLE = 'x';

export function noteRejected(store: Store, txid: TxId, epoch: Epoch): void {
  store.put(REJECTED_TABLE + txid, uint32Bytes(epoch));
}

/** 0: none that is here. */
export function rejectedIn(store: Store, txid: TxId): Epoch {
  const row = store.get(REJECTED_TABLE + txid);
  return row === undefined ? 0 : rejectedEpochOf(row);
}

export function rejectedEpochOf(row: Uint8Array): Epoch {
  return decodeStored(row, (reader) => reader.u32());
}
