import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster, verifier } from '../../test/replica-cluster.ts';
import { encodeCertificate } from '../codec/checkpoint.ts';
import type { Void } from '../replica/leftovers.ts';
import { COIN_TABLE, SnapshotPage } from '../replica/snapshot.ts';
import { defined } from '../std/assert.ts';
import type { StopFolder, StopWriter } from '../storage/stop-folder.ts';
import { LateStart } from './late-start.ts';
import { silentLogger } from './logger.ts';

test('what waits, and how long the journal is, are asked after the last step', async () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(0, { kind: 'submit', tx });
  cluster.run(3000);
  const certificate = defined(cluster.replicas[0]?.certificate(1), 'a stop checkpoint');
  const page = new SnapshotPage(1);
  for (const entry of defined(cluster.stores[0], 'a store').list(COIN_TABLE, { limit: 1000 })) {
    page.add(entry);
  }

  const { genesis, ledgerId, committee } = cluster;
  const unsettled: Void[] = [];
  const journal = {
    lastOrdinal: 7,
    link: (count: number) => `link ${count}`,
    append: async () => {},
  };
  const finished = new Promise<Parameters<StopWriter['finish']>[0]>((resolve, reject) => {
    const writer: StopWriter = {
      add: async () => {},
      finish: async (state) => {
        resolve(state);
        return 0;
      },
      abandon: async () => {},
    };
    const late = new LateStart({
      ...{ genesis, ledgerId, trust: { ledgerId, committee, verifier }, patienceMs: 1000 },
      ...{ lane: 3, replica: { generation: 0, unsettled }, journal, now: () => 0 },
      stops: { writer: async () => writer } as unknown as StopFolder,
      send: () => {
        const bytes = page.encode();
        const answer = { kind: 'page', epoch: 1, after: null, next: null, bytes } as const;
        late.message({ kind: 'lane', lane: 1 }, answer);
      },
      // A block, and in it a transaction, come in with the steps that were under way.
      stop: async () => {
        unsettled.push({ tx, own: false });
        journal.lastOrdinal = 8;
      },
      again: () => void late.close(),
      failed: reject,
      log: silentLogger(),
    });
    for (const lane of [1, 2]) {
      const bytes = encodeCertificate(certificate);
      late.message({ kind: 'lane', lane }, { kind: 'gone', generation: 1, certificate: bytes });
    }
  });
  const { left, records, link } = await finished;
  assert.deepEqual(left, [{ bytes: tx.bytes, own: false }]);
  assert.deepEqual([records, link], [8, 'link 8']);
});
