import { existsSync } from 'node:fs';
import path from 'node:path';
import { decodeCertificate } from '../../codec/checkpoint.ts';
import { CERTIFICATE_TABLE, certificateKey } from '../../replica/outcomes/epoch-keys.ts';
import { STATE_LAYOUT } from '../../replica/savepoint.ts';
import { openFolder } from '../../storage/folder.ts';
import { LAYOUT_KEY } from '../../storage/layout.ts';
import type { LevelStore } from '../../storage/level/level-store.ts';
import { openLevelStore } from '../../storage/level/open-level-store.ts';
import type { Epoch, LedgerId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import { configError } from '../operator-error.ts';
import { DATA_FOLDER, demand } from '../start/data.ts';

/** Beside `data`, which is of nodes that take part in the exchange of blocks. */
export const OBSERVER_FOLDER = 'follower';

/** What the folder of a node that takes part has, before its first start or after it; and what its `data` has. */
const MARKS_OF_NODES = ['validator.key', DATA_FOLDER, 'journal'];

/** Every LevelDB has this file; a start or a wipe that was cut short leaves none. */
const LEVELDB_MARK = 'CURRENT';

/** The locked folder of an observer that follows checkpoints. Its store is the state of one epoch at a time. */
export type ObserverData = {
  readonly store: LevelStore;
  /** Throws everything away; `store` is another one from then on. */
  wipe(): Promise<void>;
  close(): Promise<void>;
};

/**
 * An observer in the folder of a node that takes part would write into what is that one's alone, and nobody could
 * tell afterwards whose state is meant. Throws an OperatorError.
 */
export function refuseFolderOfNode(home: string): void {
  const mark = MARKS_OF_NODES.find((name) => existsSync(path.join(home, name)));
  if (mark === undefined) return;
  throw configError(
    `${home} belongs to a node that takes part (it has ${mark}): name a folder for the observer alone with --home`,
  );
}

/**
 * What cannot be opened, or was kept otherwise by another build, is thrown away: all of it comes from others,
 * who have it still. Throws a StorageFault whose detail says what to do.
 */
export async function openObserverData(home: string, ledgerId: LedgerId): Promise<ObserverData> {
  const identity = { ledgerId, lane: null, publicKey: null };
  const folder = demand(await openFolder(path.join(home, OBSERVER_FOLDER), identity));
  const open = (wipe: boolean) => openStore(folder.storeFolder, wipe);
  let store: LevelStore;
  try {
    const isThere = existsSync(path.join(folder.storeFolder, LEVELDB_MARK));
    store = isThere ? await open(false).catch(() => open(true)) : await open(true);
  } catch (fault) {
    await folder.close();
    throw fault;
  }
  return {
    get store() {
      return store;
    },
    async wipe() {
      await store.close();
      store = await open(true);
    },
    async close() {
      await store.close();
      await folder.close();
    },
  };
}

async function openStore(folder: string, wipe: boolean): Promise<LevelStore> {
  const store = demand(await openLevelStore(folder, { wipe, atomic: true }));
  if (wipe) store.put(LAYOUT_KEY, Uint8Array.of(STATE_LAYOUT));
  else if (layoutOf(store) !== STATE_LAYOUT) {
    await store.close();
    return openStore(folder, true);
  }
  return store;
}

/** undefined: it says none, or cannot be read. */
function layoutOf(store: LevelStore): number | undefined {
  try {
    return store.get(LAYOUT_KEY)?.[0];
  } catch {
    return undefined;
  }
}

/**
 * The certificate of the state that the store holds, or of an earlier epoch that it went through. null:
 * it holds none.
 */
export async function storedCertificate(
  store: LevelStore,
  epoch: Epoch | null = null,
): Promise<Certificate | null> {
  const bytes = epoch === null ? await newest(store) : store.get(certificateKey(epoch));
  const decoded = bytes && decodeCertificate(bytes);
  return decoded?.ok === true ? decoded.value : null;
}

async function newest(store: LevelStore): Promise<Uint8Array | undefined> {
  const [entry] = await store.scan(CERTIFICATE_TABLE, { limit: 1, reverse: true });
  return entry?.value;
}
