import { createVerifier } from '../../crypto/verify.ts';
import { Replica } from '../../replica/replica.ts';
import type { ReplicaOptions } from '../../replica/replica-options.ts';
import { STATE_LAYOUT } from '../../replica/savepoint.ts';
import type { Beginning } from '../../replica/state-sync/beginning.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { Journal } from '../../storage/journal/journal.ts';
import { asDamage, StoreDamage } from '../../storage/level/level-faults.ts';
import type { LevelStore } from '../../storage/level/level-store.ts';
import { openLevelStore } from '../../storage/level/open-level-store.ts';
import { type FoundSavepoint, SavepointFolder } from '../../storage/savepoint/savepoint-folder.ts';
import type { Misfit, SavepointWriter } from '../../storage/savepoint/savepoint-head.ts';
import { VERSION } from '../version.ts';
import { type BeginOptions, storeBeginning } from './begin.ts';
import { demand, type OpenData } from './data.ts';
import { type Advanced, restoreReplica } from './restore.ts';
import { StartClock, type StartTimes } from './start-times.ts';

export type StartOptions = Omit<ReplicaOptions, 'store' | 'archive' | 'genesisStored'>;

/** A replica that has everything that its journal has. */
export type Started = {
  readonly replica: Replica;
  readonly store: LevelStore;
  readonly savepointFolder: SavepointFolder;
  /** As which it writes savepoints. */
  readonly writer: SavepointWriter;
  /** Blocks in the savepoint that it continued from; null: the whole journal was replayed. */
  readonly continued: number | null;
  /** Why none was continued from. */
  readonly misfit: Misfit | null;
  /** Blocks that were replayed, and transactions that came with them. */
  readonly replayed: number;
  readonly transactions: number;
  readonly times: StartTimes;
  /** These, and the outputs of the genesis if they had to be stored. */
  readonly unsaved: number;
};

type Replayed = Pick<Started, 'replayed' | 'transactions' | 'times'>;

type Place = {
  readonly data: OpenData;
  readonly options: StartOptions;
  readonly nowMs: number;
  readonly clock: StartClock;
  readonly advanced: Advanced;
};

/**
 * Continues from the newest savepoint if it fits the journal, and replays what the journal has behind it; else
 * replays the whole journal into an empty store. Both lead to the same (docs/adr/0019).
 */
export async function startReplica(
  data: OpenData,
  options: StartOptions,
  nowMs: number,
  clock = new StartClock(),
  advanced: Advanced = () => {},
): Promise<Started> {
  const place = { data, options, nowMs, clock, advanced };
  const { journal, folder } = data;
  const savepointFolder = new SavepointFolder(folder.savepointFolder);
  const { ledgerId, lane } = options;
  const writer = { version: VERSION, layout: STATE_LAYOUT, ledgerId, lane };
  // Where generations end there are none.
  const found =
    data.stop === null
      ? await savepointFolder.read({
          ...writer,
          blocks: journal.lastOrdinal,
          link: (blocks) => journal.link(blocks),
        })
      : err('missing' as const);
  clock.ended('savepoint');
  const resumed = found.ok ? await goOn(place, savepointFolder, found.value) : found;
  if (resumed.ok) {
    const { replica, store, continued, done } = resumed.value;
    const came = { continued, misfit: null, ...done, unsaved: done.replayed };
    return { replica, store, savepointFolder, writer, ...came };
  }
  const misfit = resumed.error;
  await savepointFolder.clear();
  const store = demand(await openLevelStore(folder.storeFolder, { wipe: true }));
  const { replica, done } = await orClosed(store, async () => {
    const beginning = await storeBeginning(data, store, begun(options), nowMs);
    const replica = replicaOn(store, journal, options, beginning);
    const after = beginning?.start.journalled ?? 0;
    return { replica, done: await replay(place, replica, store, after) };
  });
  const unsaved = done.replayed + options.genesis.outputs.length;
  const came = { continued: null, misfit, ...done, unsaved };
  return { replica, store, savepointFolder, writer, ...came };
}

type Resumed = {
  readonly replica: Replica;
  readonly store: LevelStore;
  readonly continued: number;
};

/** With what the journal has behind it, where a store that was damaged before it was summed comes to light, too. */
async function goOn(
  place: Place,
  savepointFolder: SavepointFolder,
  content: FoundSavepoint,
): Promise<Result<Resumed & { done: Replayed }, Misfit>> {
  const resumed = await resume(place, savepointFolder, content);
  if (!resumed.ok) return resumed;
  const { replica, store, continued } = resumed.value;
  try {
    const done = await orClosed(store, () => replay(place, replica, store, continued));
    return ok({ ...resumed.value, done });
  } catch (cause) {
    if (asDamage(cause) instanceof StoreDamage) return err('unusable');
    throw cause;
  }
}

/** Whatever goes wrong with it: the journal has everything too. */
async function resume(
  { data, options, nowMs }: Place,
  savepointFolder: SavepointFolder,
  content: FoundSavepoint,
): Promise<Result<Resumed, Misfit>> {
  const { storeFolder } = data.folder;
  let store: LevelStore | null = null;
  try {
    const sieve = await savepointFolder.unpack(content, storeFolder);
    store = demand(await openLevelStore(storeFolder, { wipe: false, sieve }));
    const replica = replicaOn(store, data.journal, options);
    replica.resume(nowMs, content.state);
    return ok({ replica, store, continued: content.head.blocks });
  } catch {
    await store?.close().catch(() => {});
    return err('unusable');
  }
}

/** Nobody else knows the store yet that is closed where this fails. */
async function orClosed<T>(store: LevelStore, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    await store.close().catch(() => {});
    throw cause;
  }
}

async function replay(
  { data, options, nowMs, clock, advanced }: Place,
  replica: Replica,
  store: LevelStore,
  after: number,
): Promise<Replayed> {
  const { committee, ledgerId } = options;
  const { journal } = data;
  clock.ended('store');
  const { admittedTxs: before } = replica.counters();
  const what = { committee, ledgerId, nowMs, after, advanced };
  const replayed = await restoreReplica(replica, { journal, store }, what);
  clock.ended('replay');
  const transactions = replica.counters().admittedTxs - before;
  return { replayed, transactions, times: clock.times };
}

function begun({ genesis, ledgerId, committee, verifier }: StartOptions): BeginOptions {
  return { genesis, trust: { ledgerId, committee, verifier: verifier ?? createVerifier('auto') } };
}

function replicaOn(
  store: LevelStore,
  archive: Journal,
  options: StartOptions,
  beginning?: Beginning,
): Replica {
  const from = beginning === undefined ? {} : { beginning };
  return new Replica({ ...options, ...from, store, archive, genesisStored: true });
}
