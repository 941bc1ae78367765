import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { DROP_FAILPOINTS, setFailpointHook } from '../../src/storage/failpoint.ts';
import { readStoreCopy } from '../../src/storage/level/store-copy.ts';
import type { TxId } from '../../src/types/ids.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import {
  close,
  cluster,
  GENERATIONS,
  hear,
  LANE,
  open,
  paid,
  prune,
  pruned,
  records,
  segmentsOf,
  stopsOf,
  upTo,
} from './folders.ts';

async function keptTables(home: string): Promise<Map<string, string>> {
  const tables = new Map<string, string>();
  for await (const { key, value } of readStoreCopy(path.join(home, 'data', 'store'))) {
    tables.set(key, Buffer.from(value).toString('hex'));
  }
  return tables;
}

describe('a folder that drops generations', () => {
  it('begins from the stop state with what the journal still has, and is where it was', async (t) => {
    const home = await pruned(t);
    assert.deepEqual(segmentsOf(home).length, 2, 'the generation kept, and the current one');
    assert.deepEqual(stopsOf(home), ['0000000005.pages', '0000000005.stop']);
    const life = await open(home);
    const { replica } = life.started;
    const whole = cluster.replicas[LANE];
    assert.equal(replica.oldest, GENERATIONS - 1);
    const { dropped, ...progress } = replica.progress();
    const { dropped: _, ...all } = whole?.progress() ?? assert.fail();
    assert.deepEqual({ ...progress, ready: true }, { ...all, ready: true });
    assert.equal(dropped, GENERATIONS - 1);
    for (const epoch of [GENERATIONS - 1, GENERATIONS]) {
      assert.deepEqual(replica.certificate(epoch), whole?.certificate(epoch));
    }
    assert.equal(replica.certificate(GENERATIONS - 2), undefined);
    // Of what was dropped, what is unspent shows that it was accepted; of the rest nobody here can tell.
    assert.deepEqual(replica.status(paid[0] as TxId), { state: 'checkpointed', epoch: 1 });
    const nobody = 'ab'.repeat(32) as TxId;
    assert.deepEqual(replica.status(nobody), { state: 'unknown', dropped });
    assert.deepEqual(whole?.status(nobody), { state: 'unknown' });
    assert.equal(replica.blocks, records.length);
    await close(life);
  });

  it('holds the same state in its store, dropped while it ran or left out by a start', async (t) => {
    const home = await pruned(t);
    const running = await keptTables(home);
    await close(await open(home));
    const fresh = await keptTables(home);
    // Partly spent records keep what a snapshot has not; here every record is whole or gone.
    const sorted = (tables: Map<string, string>) => [...tables.keys()].sort();
    assert.deepEqual(sorted(running), sorted(fresh));
  });

  it('goes on from there like one that has everything', async (t) => {
    const home = temporaryFolder(t);
    const first = await open(home);
    const begun = upTo(4);
    await hear(first, begun);
    await prune(first);
    assert.ok(first.started.replica.oldest > 0);
    await close(first);
    const second = await open(home);
    await hear(second, records.slice(begun.length));
    assert.deepEqual(
      second.started.replica.certificate(GENERATIONS),
      cluster.replicas[LANE]?.certificate(GENERATIONS),
    );
    assert.equal(second.started.replica.progress().stable, GENERATIONS);
    await close(second);
  });

  it('starts after a crash at each step of dropping, and has the same then', async (t) => {
    for (const step of DROP_FAILPOINTS) {
      const home = temporaryFolder(t);
      const early = await open(home);
      await hear(early, upTo(4));
      await prune(early);
      await close(early);
      const copies: string[] = [];
      const life = await open(home);
      await hear(life, records.slice(life.data.journal.lastOrdinal));
      setFailpointHook((name) => {
        if (name !== step) return;
        const copy = temporaryFolder(t);
        // What a killed process leaves.
        for (const part of ['journal', 'stops', 'format.json']) {
          cpSync(path.join(home, 'data', part), path.join(copy, 'data', part), { recursive: true });
        }
        copies.push(copy);
      });
      await prune(life);
      setFailpointHook(null);
      await close(life);
      assert.ok(copies.length > 0, `${step} was passed`);
      for (const copy of copies) {
        const again = await open(copy);
        assert.equal(again.started.replica.progress().stable, GENERATIONS, step);
        assert.equal(again.started.replica.blocks, records.length, step);
        await prune(again);
        assert.equal(again.pruner.counts.failed, 0);
        await close(again);
        assert.equal(segmentsOf(copy).length, 2, step);
        assert.deepEqual(stopsOf(copy), ['0000000005.pages', '0000000005.stop'], step);
      }
    }
  });
});
