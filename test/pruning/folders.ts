import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createLogger } from '../../src/node/log/logger.ts';
import { type OpenData, openData } from '../../src/node/start/data.ts';
import { restoreReplica } from '../../src/node/start/restore.ts';
import { type Started, startReplica } from '../../src/node/start/start-replica.ts';
import { Pruner } from '../../src/node/upkeep/pruner.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import type { TxId } from '../../src/types/ids.ts';
import { lock, ReplicaCluster, verifier } from '../replica/replica-cluster.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

export const LANE = 0;
/** Epochs, each a generation. */
export const GENERATIONS = 6;

export const paid: TxId[] = [];
export const cluster = clusterOfGenerations();
const { genesis, ledgerId, committee } = cluster;
export const records = cluster.journals[LANE] as Uint8Array[];
const options = { genesis, ledgerId, committee, lane: LANE, signer: null, verifier };
const owner = { ledgerId, lane: LANE, publicKey: committee.publicKey(LANE) };
const log = await createLogger('silent', '');

function clusterOfGenerations(): ReplicaCluster {
  const made = new ReplicaCluster(4, {}, { generationEpochs: 1, sharedChecks: true });
  made.run(10);
  for (let coin = 0; coin < GENERATIONS; coin++) {
    const tx = made.pay([made.coin(coin)], [{ amount: 990n, lock }]);
    paid.push(tx.txid);
    made.step(coin % 4, { kind: 'submit', tx });
    while (made.replicas.some((replica) => replica.progress().stable <= coin)) made.run(50);
  }
  assert.equal(made.replicas[LANE]?.progress().stable, GENERATIONS);
  return made;
}

export type Life = { readonly data: OpenData; readonly started: Started; readonly pruner: Pruner };

export async function open(home: string): Promise<Life> {
  const data = await openData(home, owner, () => {});
  try {
    const started = await startReplica(data, { ...options, policy: DEFAULT_POLICY }, 1000);
    const { replica, store } = started;
    const { journal, stops, stop } = data;
    const parts = { replica, journal, store, stops, stop, ledgerId, lane: LANE, kept: 1, log };
    const betweenSteps = () => Promise.resolve();
    return { data, started, pruner: new Pruner({ ...parts, betweenSteps }) };
  } catch (cause) {
    await data.close();
    throw cause;
  }
}

export async function close({ data, started, pruner }: Life): Promise<void> {
  await pruner.close();
  await started.store.close();
  await data.close();
}

/** As the driver does it: blocks come, and between steps the pruner looks. */
export async function hear(life: Life, blocks: readonly Uint8Array[]): Promise<void> {
  const { journal } = life.data;
  const after = journal.lastOrdinal;
  await journal.append(blocks);
  const { replica, store } = life.started;
  await restoreReplica(replica, { journal, store }, { committee, ledgerId, nowMs: 1000, after });
}

export async function prune(life: Life): Promise<void> {
  life.pruner.look();
  await life.pruner.close();
}

export const segmentsOf = (home: string) => readdirSync(path.join(home, 'data', 'journal'));
export const stopsOf = (home: string) => readdirSync(path.join(home, 'data', 'stops')).sort();

/** Up to the block behind which generation `count` is the current one. */
export function upTo(count: number): Uint8Array[] {
  const at = records.findIndex(
    (block) => new DataView(block.buffer, block.byteOffset).getUint32(39) === count,
  );
  return records.slice(0, at + 1);
}

/** A folder that has heard everything, dropped what it may, and ended. */
export async function pruned(t: TestContext): Promise<string> {
  const home = temporaryFolder(t);
  const life = await open(home);
  await hear(life, records);
  await prune(life);
  const { stateBytes, ...counts } = life.pruner.counts;
  assert.deepEqual(counts, { generations: GENERATIONS - 1, segments: 5, failed: 0 });
  assert.ok(stateBytes > 0);
  await close(life);
  return home;
}
