import { COIN_TABLE, unspentLeaf } from '../../ledger/coins.ts';
import { RecomputedRoot } from '../../ledger/recomputed-root.ts';
import type { Scanner } from '../../replica/ports.ts';
import { snapshotLeaf } from '../../replica/state-sync/snapshot.ts';
import type { Digest, Epoch } from '../../types/ids.ts';

const ENTRIES_PER_SCAN = 1000;

/** The state of an epoch as its outputs say it. */
export type ScannedState = {
  readonly stateRoot: Digest;
  /** Unspent outputs, and the transactions that have some. */
  readonly outputs: number;
  readonly transactions: number;
  readonly total: bigint;
};

/** Recomputes the state of a closed epoch from all unspent outputs; the stored tree is not looked at. */
export async function scanState(scanner: Scanner, epoch: Epoch): Promise<ScannedState> {
  const root = new RecomputedRoot();
  let outputs = 0;
  let transactions = 0;
  let total = 0n;
  for (let after: string | undefined; ; ) {
    const options = { limit: ENTRIES_PER_SCAN, ...(after === undefined ? {} : { after }) };
    const entries = await scanner.scan(COIN_TABLE, options);
    for (const entry of entries) {
      const leaf = snapshotLeaf(entry, epoch);
      if (leaf === null) continue;
      root.add(leaf.txid, unspentLeaf(leaf.acceptedEpoch, leaf.unspent));
      transactions += 1;
      outputs += leaf.unspent.length;
      for (const { amount } of leaf.unspent) total += amount;
    }
    if (entries.length < ENTRIES_PER_SCAN) break;
    after = entries.at(-1)?.key;
  }
  return { stateRoot: root.finish(), outputs, transactions, total };
}
