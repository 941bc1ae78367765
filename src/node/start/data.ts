import path from 'node:path';
import { generationOf } from '../../codec/block.ts';
import { toHex } from '../../codec/hex.ts';
import type { Result } from '../../std/result.ts';
import { type Halt, halt, StorageFault } from '../../storage/fault.ts';
import { type DataFolder, openFolder } from '../../storage/folder.ts';
import { Journal } from '../../storage/journal/journal.ts';
import type { LevelStore } from '../../storage/level/level-store.ts';
import { openLevelStore } from '../../storage/level/open-level-store.ts';
import type { StopState } from '../../storage/stop-file.ts';
import { StopFolder } from '../../storage/stop-folder.ts';
import type { LaneId, LedgerId } from '../../types/ids.ts';

/**
 * Unwritten bytes of the store, many small records that take several times as much memory, per flush.
 * What is overwritten or deleted before a flush is never written; but a large flush keeps the processor busy
 * for so long that payments wait for it.
 */
export const FLUSH_BYTES = 1_048_576;

export type DataOwner = {
  readonly ledgerId: LedgerId;
  readonly lane: LaneId | null;
  /** null: an observer. */
  readonly publicKey: Uint8Array | null;
};

/** The locked data folder of one node, with its journal. */
export type OpenData = {
  readonly folder: DataFolder;
  readonly stops: StopFolder;
  /** With which everything here begins; null: with genesis. */
  readonly stop: StopState | null;
  /** Newer ones that are damaged. */
  readonly damagedStops: readonly number[];
  readonly journal: Journal;
  close(): Promise<void>;
};

/** The same with its store. */
export type NodeData = OpenData & { readonly store: LevelStore };

/** The folder of a node's data below its home. */
export const DATA_FOLDER = 'data';

/** Opens `home`/data. Throws a StorageFault whose detail says what to do. */
export async function openData(
  home: string,
  owner: DataOwner,
  onCommit: (durationMs: number) => void,
): Promise<OpenData> {
  const { ledgerId, lane } = owner;
  const publicKey = owner.publicKey === null ? null : toHex(owner.publicKey);
  const folder = demand(
    await openFolder(path.join(home, DATA_FOLDER), { ledgerId, lane, publicKey }),
  );
  try {
    const stops = new StopFolder(folder.stopFolder);
    const { stop, damagedStops } = await newestStop(stops, owner);
    const journal = await openJournal(folder, owner, { stop, damagedStops, onCommit });
    const close = async () => {
      await journal.close();
      await folder.close();
    };
    return { folder, stops, stop, damagedStops, journal, close };
  } catch (fault) {
    await folder.close();
    throw fault;
  }
}

type Found = Pick<OpenData, 'stop' | 'damagedStops'>;

/** The newest that is whole: it was written to take the place of everything before it. */
async function newestStop(stops: StopFolder, { ledgerId, lane }: DataOwner): Promise<Found> {
  const damagedStops: number[] = [];
  for (const generation of await stops.generations()) {
    const stop = await stops.read(generation);
    if (stop?.ledgerId === ledgerId && stop.lane === lane) return { stop, damagedStops };
    damagedStops.push(generation);
  }
  return { stop: null, damagedStops };
}

/** Where a stop state is damaged, the journal may still have what it stands for. */
async function openJournal(
  { journalFolder, indexFolder }: DataFolder,
  { ledgerId, lane }: DataOwner,
  { stop, damagedStops, onCommit }: Found & { onCommit: (durationMs: number) => void },
): Promise<Journal> {
  const begins = stop === null ? {} : { begins: { records: stop.records, link: stop.link } };
  const options = { onCommit, partOf: generationOf, indexFolder, ...begins };
  const opened = await Journal.open(journalFolder, { ledgerId, lane }, options);
  if (opened.ok || damagedStops.length === 0) return demand(opened);
  const detail = `the stop state of generation ${damagedStops[0]}, and without it: ${opened.error.detail}`;
  throw new StorageFault(halt('stop-state-damaged', detail));
}

/** With an empty store, in its own folder or elsewhere, to leave the node's own alone. Closed where that fails. */
export async function withEmptyStore(data: OpenData, storeFolder?: string): Promise<NodeData> {
  const place = storeFolder ?? data.folder.storeFolder;
  const opened = await openLevelStore(place, { wipe: true });
  if (!opened.ok) await data.close();
  const store = demand(opened);
  const close = async () => {
    await data.journal.close();
    await store.close();
    await data.close();
  };
  return { ...data, store, close };
}

/** What was opened, or its halt as a throw. */
export function demand<T>(result: Result<T, Halt>): T {
  if (result.ok) return result.value;
  throw new StorageFault(result.error);
}
