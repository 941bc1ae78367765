import type { AddressIndex, NodePort } from '../api/ports.ts';
import type { Scanner } from '../replica/ports.ts';
import { ownedKey, ownedOutpoint, ownedPrefix } from '../storage/layout.ts';
import type { Epoch } from '../types/ids.ts';

/** The table of unspent outputs by owner that the ledger keeps in the store. */
export function createAddressIndex(
  store: Scanner,
  epoch: () => Epoch,
  whole: NodePort['whole'],
): AddressIndex {
  return {
    epoch,
    async unspent(lock, after, limit) {
      const options = after === null ? { limit } : { limit, after: ownedKey(lock, after) };
      // A later page of what began between two steps.
      await whole();
      // In the tick in which the scan begins: it shows no later ledger.
      const shown = epoch();
      const found = await store.scan(ownedPrefix(lock), options);
      const entries = found.map(({ key, value }) => ({
        key: ownedOutpoint(key),
        amount: u64(value),
      }));
      return { epoch: shown, entries };
    },
  };
}

function u64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
}
