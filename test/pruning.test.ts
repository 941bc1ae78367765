import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { auditFolder } from '../src/audit/audit.ts';
import { type OpenData, openData } from '../src/node/data.ts';
import { createLogger } from '../src/node/logger.ts';
import { Pruner } from '../src/node/pruner.ts';
import { restoreReplica } from '../src/node/restore.ts';
import { type Started, startReplica } from '../src/node/start-replica.ts';
import { DEFAULT_POLICY } from '../src/replica/replica-options.ts';
import { defined } from '../src/std/assert.ts';
import { DROP_FAILPOINTS, setFailpointHook } from '../src/storage/failpoint.ts';
import { decodeStopState, encodeStopState } from '../src/storage/stop-file.ts';
import { readStoreCopy } from '../src/storage/store-copy.ts';
import type { TxId } from '../src/types/ids.ts';
import { lock, ReplicaCluster, verifier } from './replica-cluster.ts';
import { temporaryFolder } from './temporary-folder.ts';

const LANE = 0;
/** Epochs, each a generation. */
const GENERATIONS = 6;

const paid: TxId[] = [];
const cluster = clusterOfGenerations();
const { genesis, ledgerId, committee } = cluster;
const records = cluster.journals[LANE] as Uint8Array[];
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

type Life = { readonly data: OpenData; readonly started: Started; readonly pruner: Pruner };

async function open(home: string): Promise<Life> {
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

async function close({ data, started, pruner }: Life): Promise<void> {
  await pruner.close();
  await started.store.close();
  await data.close();
}

/** As the driver does it: blocks come, and between steps the pruner looks. */
async function hear(life: Life, blocks: readonly Uint8Array[]): Promise<void> {
  const { journal } = life.data;
  const after = journal.lastOrdinal;
  await journal.append(blocks);
  const { replica, store } = life.started;
  await restoreReplica(replica, { journal, store }, { committee, ledgerId, nowMs: 1000, after });
}

async function prune(life: Life): Promise<void> {
  life.pruner.look();
  await life.pruner.close();
}

const segmentsOf = (home: string) => readdirSync(path.join(home, 'data', 'journal'));
const stopsOf = (home: string) => readdirSync(path.join(home, 'data', 'stops')).sort();

/** Up to the block behind which generation `count` is the current one. */
function upTo(count: number): Uint8Array[] {
  const at = records.findIndex(
    (block) => new DataView(block.buffer, block.byteOffset).getUint32(39) === count,
  );
  return records.slice(0, at + 1);
}

async function keptTables(home: string): Promise<Map<string, string>> {
  const tables = new Map<string, string>();
  for await (const { key, value } of readStoreCopy(path.join(home, 'data', 'store'))) {
    tables.set(key, Buffer.from(value).toString('hex'));
  }
  return tables;
}

/** A folder that has heard everything, dropped what it may, and ended. */
async function pruned(t: TestContext): Promise<string> {
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

  it('halts with a word when its stop state is damaged and nothing else has what it stands for', async (t) => {
    for (const file of ['0000000005.stop', '0000000005.pages']) {
      const home = await pruned(t);
      flip(path.join(home, 'data', 'stops', file));
      await assert.rejects(open(home), /stop-state-damaged/);
    }
  });

  it('falls back to what the journal still has when the newest stop state is damaged', async (t) => {
    const home = temporaryFolder(t);
    const life = await open(home);
    await hear(life, records);
    setFailpointHook((name) => {
      if (name !== 'after-stop-state') return;
      const copy = path.join(home, 'copy');
      for (const part of ['journal', 'stops', 'format.json']) {
        cpSync(path.join(home, 'data', part), path.join(copy, 'data', part), { recursive: true });
      }
    });
    await prune(life);
    setFailpointHook(null);
    await close(life);
    const copy = path.join(home, 'copy');
    flip(path.join(copy, 'data', 'stops', '0000000005.stop'));
    const again = await open(copy);
    assert.equal(again.started.replica.oldest, 0);
    assert.deepEqual(again.data.damagedStops, [5]);
    await prune(again);
    await close(again);
    assert.equal(segmentsOf(copy).length, 2);
  });

  it('takes no stop state that its certificate does not carry', async (t) => {
    const [home, other] = [await pruned(t), temporaryFolder(t)];
    const life = await open(other);
    await hear(life, upTo(4));
    await prune(life);
    await close(life);
    const place = (one: string, name: string) => path.join(one, 'data', 'stops', name);
    // The pages of another generation under the name of this one: their digest is in the state.
    const [found] = stopsOf(other).filter((name) => name.endsWith('.pages'));
    cpSync(place(other, found as string), place(home, '0000000005.pages'));
    await assert.rejects(open(home), /stop-state-damaged/);
  });

  it('is audited from its stop state on, and damage of either is found', async (t) => {
    const home = await pruned(t);
    const data = path.join(home, 'data');
    const audit = () =>
      auditFolder({
        ...{ folder: data, genesis, verifier, known: [], trustKnown: false },
        ...{ definedBlocks: 100, withStore: true, progress: () => {} },
      });
    const right = await audit();
    assert.deepEqual(right.findings, []);
    const { from, certified, generation } = right;
    assert.deepEqual([from, certified, generation], [GENERATIONS - 1, GENERATIONS, 5]);
    assert.ok(right.checked.ledgers > 0 && right.checked.stateRoots > 0);
    const [segment] = segmentsOf(home).sort();
    for (const place of [
      ['stops', '0000000005.pages'],
      ['journal', segment as string],
    ]) {
      const file = path.join(data, ...place);
      const bytes = readFileSync(file);
      flip(file);
      assert.ok((await audit()).wrong > 0, file);
      writeFileSync(file, bytes);
    }
    // Pages that end within one; the state has their digest.
    const place = (name: string) => path.join(data, 'stops', `0000000005.${name}`);
    const pages = Buffer.concat([readFileSync(place('pages')), Buffer.of(0, 0, 0, 9, 1)]);
    const stop = defined(decodeStopState(readFileSync(place('stop'))), 'it is whole');
    const named = { bytes: pages.length, digest: hash('sha256', pages, 'hex') };
    writeFileSync(place('pages'), pages);
    writeFileSync(place('stop'), encodeStopState({ ...stop, pages: named }));
    assert.deepEqual((await audit()).findings[0], {
      ...{ code: 'folder-damaged', where: 'stop state 5' },
      detail: 'stop-state-damaged: stop state of generation 5',
    });
  });

  it('halts when records behind the stop state are gone, or are other ones', async (t) => {
    const home = await pruned(t);
    const [oldest] = segmentsOf(home).sort();
    const journal = path.join(home, 'data', 'journal', oldest as string);
    const bytes = readFileSync(journal);
    flip(journal);
    await assert.rejects(open(home), /journal-corrupt/);
    writeFileSync(journal, bytes);
    await close(await open(home));
  });
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(file, bytes);
}
