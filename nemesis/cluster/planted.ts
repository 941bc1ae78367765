import { decodeTransaction } from '../../src/codec/transaction.ts';
import { Statuses } from '../../src/node/clients/statuses.ts';
import { Submissions } from '../../src/node/clients/submissions.ts';
import { LevelStore } from '../../src/storage/level/level-store.ts';
import type { TxId } from '../../src/types/ids.ts';
import type { Planted } from './orders.ts';

/** Makes this validator lie to its clients in one way. */
export function plant(planted: Planted): void {
  if (planted === 'stale-read') staleReads();
  else lostAcknowledgements();
}

/** What was once added up is answered for ever: balances keep their first value under newer epochs. */
function staleReads(): void {
  const { each } = LevelStore.prototype;
  const first = new Map<string, Promise<readonly Uint8Array[]>>();
  LevelStore.prototype.each = async function (prefix, take) {
    const read = async () => {
      const values: Uint8Array[] = [];
      await each.call(this, prefix, (value) => values.push(value) > 0);
      return values;
    };
    const found = first.get(prefix) ?? read();
    first.set(prefix, found);
    (await found).every(take);
  };
}

/** One transaction of eight, the first among them, is called final and thrown away. By chance a short run might have none. */
function lostAcknowledgements(): void {
  const { submit } = Submissions.prototype;
  const { status, waitFor } = Statuses.prototype;
  const lost = new Set<TxId>();
  let taken = 0;
  const final = { state: 'final', path: 'clean' } as const;
  Submissions.prototype.submit = async function (transactions, source) {
    const [bytes] = transactions;
    const decoded = bytes === undefined ? undefined : decodeTransaction(bytes);
    if (transactions.length !== 1 || decoded?.ok !== true) {
      return submit.call(this, transactions, source);
    }
    const { txid } = decoded.value;
    const isLost = lost.has(txid) || taken++ % 8 === 0;
    if (!isLost) return submit.call(this, transactions, source);
    lost.add(txid);
    return [{ ok: true, txid, known: false }];
  };
  Statuses.prototype.status = function (txid) {
    return lost.has(txid) ? final : status.call(this, txid);
  };
  Statuses.prototype.waitFor = function (txid, ...rest) {
    return lost.has(txid) ? Promise.resolve(final) : waitFor.call(this, txid, ...rest);
  };
}
