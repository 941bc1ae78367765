import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster, verifier } from '../../../test/replica/replica-cluster.ts';
import { encodeCertificate } from '../../codec/checkpoint.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import type { Void } from '../../replica/generations/leftovers.ts';
import { SnapshotPage } from '../../replica/state-sync/snapshot.ts';
import { defined } from '../../std/assert.ts';
import type { StopFolder, StopWriter } from '../../storage/stop-folder.ts';
import { silentLogger } from '../log/logger.ts';
import { LateStart } from './late-start.ts';

type Finished = Parameters<StopWriter['finish']>[0];

/** A late start from the stop checkpoint of epoch 1; `stopping` happens with the steps that were under way. */
async function lateStart(
  stopping: (had: {
    readonly replica: { generation: number; readonly withoutOutcome: Void[] };
    readonly journal: { lastOrdinal: number; link: (count: number) => string };
    readonly tx: Void['tx'];
    readonly late: LateStart;
  }) => void,
): Promise<{
  readonly state: Finished | null;
  readonly isAbandoned: boolean;
  readonly tx: Void['tx'];
}> {
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
  const replica = { generation: 0, withoutOutcome: [] as Void[] };
  const journal = {
    lastOrdinal: 7,
    link: (count: number) => `link ${count}`,
    append: async () => {},
  };
  let state: Finished | null = null;
  let isAbandoned = false;
  await new Promise<void>((resolve, reject) => {
    const writer: StopWriter = {
      add: async () => {},
      finish: async (given) => {
        state = given;
        return 0;
      },
      abandon: async () => {
        isAbandoned = true;
      },
    };
    const late = new LateStart({
      genesis,
      ledgerId,
      trust: { ledgerId, committee, verifier },
      patienceMs: 1000,
      lane: 3,
      replica,
      journal,
      now: () => 0,
      stops: { writer: async () => writer } as unknown as StopFolder,
      send: () => {
        const bytes = page.encode();
        const answer = { kind: 'page', epoch: 1, after: null, next: null, bytes } as const;
        void late.message({ kind: 'lane', lane: 1 }, answer);
      },
      stop: async () => stopping({ replica, journal, tx, late }),
      again: () => void late.close().then(resolve),
      failed: reject,
      log: silentLogger(),
    });
    for (const lane of [1, 2]) {
      const bytes = encodeCertificate(certificate);
      const gone = { kind: 'gone', generation: 1, certificate: bytes } as const;
      void late.message({ kind: 'lane', lane }, gone);
    }
  });
  return { state, isAbandoned, tx };
}

test('what waits, and how long the journal is, are asked after the last step', async () => {
  const { state, tx } = await lateStart(({ replica, journal, tx }) => {
    replica.withoutOutcome.push({ tx, own: false });
    journal.lastOrdinal = 8;
  });
  const { left, records, link } = defined(state, 'it is taken up');
  assert.deepEqual(left, [{ bytes: tx.bytes, own: false }]);
  assert.deepEqual([records, link], [8, 'link 8']);
});

test('9.10: who got into the generation by itself meanwhile does not begin it anew', async () => {
  const { state, isAbandoned } = await lateStart(({ replica }) => {
    replica.generation = 1;
  });
  assert.equal(state, null);
  assert.ok(isAbandoned);
});

test('a message is under way until what came before it is written, so that its sender is read no further', async () => {
  let isWritten = false;
  let taken: Promise<boolean> = Promise.resolve(false);
  await lateStart(({ journal, late }) => {
    journal.link = () => {
      isWritten = true;
      return '';
    };
    const page = {
      kind: 'page',
      epoch: 1,
      after: null,
      next: null,
      bytes: new Uint8Array(),
    } as const;
    taken = late.message({ kind: 'observer', id: 'stranger' }, page).then(() => isWritten);
  });
  assert.ok(await taken);
});
