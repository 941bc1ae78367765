import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createLogger } from '../../src/node/log/logger.ts';
import { openData } from '../../src/node/start/data.ts';
import { type Started, startReplica } from '../../src/node/start/start-replica.ts';
import { StartClock } from '../../src/node/start/start-times.ts';
import { PROCESS_CLOCKS } from '../../src/node/upkeep/savepoint-rest.ts';
import { Savepoints } from '../../src/node/upkeep/savepoints.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { setFailpointHook } from '../../src/storage/failpoint.ts';
import { readFault } from '../../src/storage/level/level-faults.ts';
import { LevelStore } from '../../src/storage/level/level-store.ts';
import { readStoreCopy } from '../../src/storage/level/store-copy.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { openBelow } from '../system/descriptors.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

const LANE = 1;
const chain = new CertifiedChain();
const { genesis, ledgerId, committee } = chain.cluster;
const records = chain.cluster.journals[LANE] as Uint8Array[];
const options = { genesis, ledgerId, committee, lane: LANE, signer: null, policy: DEFAULT_POLICY };
const owner = { ledgerId, lane: LANE, publicKey: committee.publicKey(LANE) };
const log = await createLogger('silent', '');

type Life = { readonly started: Started; readonly tables: Map<string, string> };

/** A node's life without a network: it starts, hears these blocks, saves or not, and ends. */
async function live(home: string, heard: readonly Uint8Array[], saves: boolean): Promise<Life> {
  const data = await openData(home, owner, () => {});
  await data.journal.append(heard);
  let looks = 0;
  const clock = new StartClock(() => looks++);
  const advances: number[] = [];
  const advanced = (blocks: number, of: number): void => {
    assert.equal(of, data.journal.lastOrdinal);
    advances.push(blocks);
  };
  const starting = startReplica(data, options, 1000, clock, advanced);
  const started = await starting.catch(async (cause: unknown) => {
    await data.close();
    throw cause;
  });
  const { replica, store, savepointFolder: folder } = started;
  assert.equal(advances.length, started.replayed);
  assert.equal(advances.at(-1) ?? replica.blocks, replica.blocks);
  if (saves) {
    const savepoints = new Savepoints({
      replica,
      journal: data.journal,
      store,
      folder,
      log,
      unsaved: 1,
      head: started.writer,
      isBusy: () => false,
      clocks: PROCESS_CLOCKS,
    });
    await savepoints.close();
    assert.equal(savepoints.counts.written, 1);
    assert.equal(savepoints.counts.blocks, replica.blocks);
  }
  await store.close();
  await data.close();
  const tables = new Map<string, string>();
  for await (const { key, value } of readStoreCopy(path.join(home, 'data', 'store'))) {
    tables.set(key, Buffer.from(value).toString('hex'));
  }
  return { started, tables };
}

describe('a node that starts', () => {
  it('continues from a savepoint, and has what a replay of the whole journal gives', async (t) => {
    const home = temporaryFolder(t);
    const third = Math.floor(records.length / 3);
    const first = await live(home, records.slice(0, third), true);
    assert.deepEqual([first.started.continued, first.started.misfit], [null, 'missing']);
    assert.equal(first.started.replayed, third);

    // The second life saves nothing: the third has a longer tail.
    const second = await live(home, records.slice(third, 2 * third), false);
    assert.deepEqual([second.started.continued, second.started.replayed], [third, third]);
    const last = await live(home, records.slice(2 * third), true);
    assert.equal(last.started.continued, third);
    assert.equal(last.started.replayed, records.length - third);

    const idle = await live(home, [], false);
    assert.deepEqual([idle.started.continued, idle.started.replayed], [records.length, 0]);
    rmSync(path.join(home, 'data', 'savepoint'), { recursive: true });
    const whole = await live(home, [], false);
    assert.deepEqual([whole.started.continued, whole.started.replayed], [null, records.length]);
    const transactions = ({ started }: Life) => started.transactions;
    assert.deepEqual(
      [transactions(whole), transactions(idle)],
      [transactions(first) + transactions(last), 0],
    );
    assert.ok(transactions(last) > 0);
    for (const { started, tables } of [last, idle]) {
      assert.deepEqual(tables, whole.tables);
      assert.deepEqual(started.replica.save(), whole.started.replica.save());
    }
  });

  it('tells what its time went to, with a savepoint and without', async (t) => {
    const home = temporaryFolder(t);
    for (const heard of [records.slice(0, 9), records.slice(9, 18)]) {
      const { started } = await live(home, heard, true);
      assert.equal(started.replayed, 9);
      const { journal, savepoint, store, replay } = started.times;
      assert.deepEqual([journal, savepoint, store, replay], [0, 1, 1, 1]);
    }
  });

  it('replays the whole journal when the savepoint is of another one', async (t) => {
    const [home, other] = [temporaryFolder(t), temporaryFolder(t)];
    const half = records.length >> 1;
    await live(home, records.slice(0, half), true);
    // Another order of admission: the same blocks, another journal.
    const lanes = chain.cluster.journals[0] as Uint8Array[];
    await live(other, lanes.slice(0, half), true);
    const [from, to] = [home, other].map((one) => path.join(one, 'data', 'savepoint'));
    rmSync(to as string, { recursive: true });
    cpSync(from as string, to as string, { recursive: true });
    const { started } = await live(other, [], false);
    assert.deepEqual([started.continued, started.misfit], [null, 'other-journal']);
    assert.equal(started.replica.blocks, half);
  });

  it('replays the whole journal when damage of the store comes to light behind the savepoint', async (t) => {
    const home = temporaryFolder(t);
    const half = records.length >> 1;
    await live(home, records.slice(0, half), true);
    const lookUp = LevelStore.prototype.get;
    let damages = 0;
    setFailpointHook((name) => {
      if (name !== 'before-replay' || damages > 0) return;
      t.mock.method(LevelStore.prototype, 'get', function (this: LevelStore, key: string) {
        damages += 1;
        if (damages === 1) throw readFault(new Error('planted'));
        return lookUp.call(this, key);
      });
    });
    const { started, tables } = await live(home, records.slice(half), false);
    setFailpointHook(null);
    t.mock.restoreAll();
    assert.ok(damages > 1);
    assert.deepEqual([started.continued, started.misfit], [null, 'unusable']);
    assert.equal(started.replayed, records.length);
    assert.deepEqual(tables, (await live(home, [], false)).tables);
  });

  it('leaves nothing open when what follows in the journal is no block, with a savepoint or without', async (t) => {
    for (const saves of [true, false]) {
      const home = temporaryFolder(t);
      await live(home, records.slice(0, 9), saves);
      await assert.rejects(
        live(home, [new Uint8Array(200)], false),
        /journal-corrupt: record 10 is no/,
      );
      assert.deepEqual(openBelow(path.join(home, 'data', 'store')), []);
    }
  });

  it('replays the whole journal when it is shorter than the savepoint', async (t) => {
    const [home, other] = [temporaryFolder(t), temporaryFolder(t)];
    const half = records.length >> 1;
    await live(home, records, true);
    await live(other, records.slice(0, half), false);
    const savepoint = (one: string) => path.join(one, 'data', 'savepoint');
    cpSync(savepoint(home), savepoint(other), { recursive: true });
    const { started } = await live(other, [], false);
    assert.deepEqual([started.continued, started.misfit], [null, 'ahead-of-journal']);
    assert.equal(started.replica.blocks, half);
  });
});
