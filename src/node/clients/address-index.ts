import type { AddressIndex, NodePort } from '../../api/ports.ts';
import type { Scanner } from '../../replica/ports.ts';
import { EventTurns } from '../../storage/event-turns.ts';
import { ownedKey, ownedOutpoint, ownedPrefix } from '../../storage/layout.ts';
import type { Epoch } from '../../types/ids.ts';

/** The table of unspent outputs by owner that the ledger keeps in the store. */
export function createAddressIndex(
  store: Scanner,
  epoch: () => Epoch,
  whole: NodePort['whole'],
): AddressIndex {
  // To begin one takes a millisecond or more, and nobody pays for asking. Not in a step that is half done: a later
  // page is of what began between two steps, too.
  const turns = new EventTurns(whole);
  return {
    epoch,
    async unspent(lock, after, limit) {
      const options = after === null ? { limit } : { limit, after: ownedKey(lock, after) };
      await turns.next();
      // In the tick in which the scan begins: it shows no later ledger.
      const shown = epoch();
      const found = await store.scan(ownedPrefix(lock), options);
      const entries = found.map(({ key, value }) => ({
        key: ownedOutpoint(key),
        amount: u64(value),
      }));
      return { epoch: shown, entries };
    },
    async balance(lock, outputsMax) {
      await turns.next();
      const sum = { epoch: epoch(), amount: 0n, outputs: 0, complete: true };
      await store.each(ownedPrefix(lock), (value) => {
        sum.complete = sum.outputs < outputsMax;
        if (!sum.complete) return false;
        sum.amount += u64(value);
        sum.outputs += 1;
        return true;
      });
      return sum;
    },
  };
}

/** Without a DataView: to make one was a quarter of what an output takes in a balance. */
function u64(bytes: Uint8Array): bigint {
  let [high, low] = [0, 0];
  for (let at = 0; at < 4; at += 1) high = high * 256 + (bytes[at] as number);
  for (let at = 4; at < 8; at += 1) low = low * 256 + (bytes[at] as number);
  return (BigInt(high) << 32n) | BigInt(low);
}
