import { decodeCertificate } from '../../codec/checkpoint.ts';
import { decodeSnapshotPage } from '../../codec/snapshot.ts';
import type { Trust } from '../../ledger/proofs.ts';
import type { Void } from '../../replica/generations/leftovers.ts';
import { trust as checked, shapeTransaction } from '../../replica/ingress.ts';
import { type Beginning, StopInstallation } from '../../replica/state-sync/beginning.ts';
import type { Result } from '../../std/result.ts';
import { halt, StorageFault } from '../../storage/fault.ts';
import type { StopState } from '../../storage/stop-file.ts';
import type { Genesis } from '../../types/genesis.ts';
import { FLUSH_BYTES, type NodeData, type OpenData } from './data.ts';
import { storeGenesis } from './genesis-coins.ts';

export type BeginOptions = { readonly genesis: Genesis; readonly trust: Trust };

/**
 * Puts into an empty store what is there before the journal's first block that is replayed: the outputs of the
 * genesis, or the state of the stop checkpoint with which the folder begins, held against its certificate.
 * Returns where the replica begins; undefined: at genesis. Throws a StorageFault (stop-state-damaged).
 */
export async function storeBeginning(
  data: Pick<OpenData, 'stop' | 'stops'>,
  store: NodeData['store'],
  { genesis, trust }: BeginOptions,
  nowMs: number,
): Promise<Beginning | undefined> {
  const { stop, stops } = data;
  if (stop === null) {
    await storeGenesis(store, genesis, trust.ledgerId);
    return undefined;
  }
  const certificate = demand(stop, decodeCertificate(stop.certificate));
  const installation = demand(stop, StopInstallation.begin({ store, trust, genesis }, certificate));
  for await (const page of stops.pages(stop.generation)) {
    demand(stop, installation.add(demand(stop, decodeSnapshotPage(page))));
    if (store.backlogBytes > FLUSH_BYTES) await store.flush();
  }
  const start = demand(stop, installation.finish(stop.records));
  if (start.generation !== stop.generation) throw fault(stop, 'its checkpoint is of another one');
  return { start, left: leftOf(stop), nowMs };
}

/** Their signatures were checked before they were written. */
function leftOf(stop: StopState): Void[] {
  return stop.left.map(({ bytes, own }) => {
    const shaped = shapeTransaction(bytes, stop.ledgerId);
    if (!shaped.ok) throw fault(stop, `it holds no transaction: ${shaped.error.detail}`);
    return { tx: checked(shaped.value), own };
  });
}

function demand<T>(stop: StopState, result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw fault(stop, result.error);
}

function fault({ generation }: StopState, detail: string): StorageFault {
  return new StorageFault(
    halt('stop-state-damaged', `stop state of generation ${generation}: ${detail}`),
  );
}
