import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { err, ok, type Result } from '../std/result.ts';
import type { LaneId, LedgerId } from '../types/ids.ts';
import { failpoint } from './failpoint.ts';
import { causeCode, describe, type Halt, halt } from './fault.ts';
import { createJournal } from './journal/journal.ts';
import { parseSegmentFileName, SEGMENT_HEADER_BYTES } from './journal/segment.ts';
import { makeFolder } from './make-folder.ts';

/** Whose data a folder holds. An observer has neither lane nor key. */
export type FolderIdentity = {
  readonly ledgerId: LedgerId;
  readonly lane: LaneId | null;
  /** Lower-case hex. */
  readonly publicKey: string | null;
};

/** Format of the whole folder. A program refuses a newer one. */
const FOLDER_FORMAT = 1;

const MARKER = 'format.json';
const LOCK = 'lock';
const OWNER = 'owner.pid';

/** A data folder that this process alone uses. */
export type DataFolder = {
  readonly journalFolder: string;
  /** Made when there is something to put there. */
  readonly indexFolder: string;
  readonly storeFolder: string;
  readonly savepointFolder: string;
  readonly stopFolder: string;
  /** Made when there is something to put there. */
  readonly evidenceFolder: string;
  /** A file while this validator is halted by an own block that its journal lacks. */
  readonly unknownBlock: string;
  /** true: the folder was set up just now and the journal is empty. */
  readonly fresh: boolean;
  /** Lets other processes use the folder. */
  close(): Promise<void>;
};

/**
 * Locks the folder and checks that it is this validator's; a new or empty one is set up.
 * Halts: folder-locked, marker-damaged, wrong-ledger, wrong-validator, format-unknown, journal-corrupt, disk-error.
 */
export async function openFolder(
  folder: string,
  identity: FolderIdentity,
): Promise<Result<DataFolder, Halt>> {
  try {
    makeFolder(folder);
  } catch (cause) {
    return err(halt('disk-error', `${folder} cannot be a data folder: ${describe(cause)}`));
  }
  const locked = await lockFolder(folder);
  if (!locked.ok) return locked;
  const unlock = locked.value;
  const prepared = await prepare(folder, identity);
  if (!prepared.ok) {
    await unlock();
    return prepared;
  }
  return ok({
    journalFolder: path.join(folder, 'journal'),
    indexFolder: path.join(folder, 'journal-index'),
    storeFolder: path.join(folder, 'store'),
    savepointFolder: path.join(folder, 'savepoint'),
    stopFolder: path.join(folder, 'stops'),
    evidenceFolder: path.join(folder, 'evidence'),
    unknownBlock: path.join(folder, 'unknown-block'),
    fresh: prepared.value,
    close: unlock,
  });
}

/** Folders that this process holds, by real path. */
const held = new Set<string>();

/**
 * Node has no file locks, but LevelDB takes one from the system when it opens. The system frees it
 * with the process, so none is ever stale, and two starters cannot both get it. The process id
 * beside it only makes the refusal readable. Within one process such a lock does not exclude (a
 * second, failing open of the file even gives it up), so `held` is asked first.
 */
async function lockFolder(folder: string): Promise<Result<() => Promise<void>, Halt>> {
  const real = realpathSync(folder);
  if (held.has(real)) return err(inUse(folder, String(process.pid)));
  held.add(real);
  const lock = new ClassicLevel(path.join(real, LOCK));
  try {
    await lock.open();
    writeFileSync(path.join(real, OWNER), `${process.pid}\n`);
  } catch (cause) {
    await lock.close().catch(() => {});
    held.delete(real);
    return err(lockFault(folder, cause));
  }
  return ok(async () => {
    await lock.close();
    held.delete(real);
  });
}

/** Does a process hold this data folder now? Takes and gives back the lock to find out; the Halt says who has it. */
export async function folderUser(folder: string): Promise<Halt | null> {
  if (!existsSync(folder)) return null;
  const locked = await lockFolder(folder);
  if (!locked.ok) return locked.error;
  await locked.value();
  return null;
}

function inUse(folder: string, pid: string): Halt {
  return halt('folder-locked', `process ${pid} uses ${folder}: stop it, or use another folder`);
}

function lockFault(folder: string, cause: unknown): Halt {
  const lock = path.join(folder, LOCK);
  switch (causeCode(cause)) {
    case 'LEVEL_LOCKED':
      return inUse(folder, readOwner(folder));
    case 'LEVEL_CORRUPTION':
      return halt('disk-error', `${lock} is damaged; it holds no data: remove it and start again`);
    default:
      return halt('disk-error', `${folder} cannot be written: ${describe(cause)}`);
  }
}

function readOwner(folder: string): string {
  try {
    return readFileSync(path.join(folder, OWNER), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** true: set up just now. */
async function prepare(folder: string, identity: FolderIdentity): Promise<Result<boolean, Halt>> {
  try {
    const marker = path.join(folder, MARKER);
    if (existsSync(marker)) {
      const fault = checkMarker(marker, readFileSync(marker, 'utf8'), identity);
      return fault === null ? ok(false) : err(fault);
    }
    const fault = await setUp(folder, identity);
    return fault === null ? ok(true) : err(fault);
  } catch (cause) {
    return err(halt('disk-error', `${folder} cannot be set up: ${describe(cause)}`));
  }
}

function checkMarker(file: string, text: string, identity: FolderIdentity): Halt | null {
  const found = parseMarker(text);
  if (found === null || (found.sum !== undefined && found.sum !== markerSum(found))) {
    return halt('marker-damaged', `${file} is not as it was written: bring back a copy of it`);
  }
  if (found.format !== FOLDER_FORMAT) {
    const detail = `${file} names format ${String(found.format)}, this program knows ${FOLDER_FORMAT}: use the program that wrote it`;
    return halt('format-unknown', detail);
  }
  if (found.ledgerId !== identity.ledgerId) {
    const detail = `${file} names ledger ${String(found.ledgerId)}, the genesis given is ${identity.ledgerId}: use the genesis of this folder, or another folder`;
    return halt('wrong-ledger', detail);
  }
  if (found.lane !== identity.lane || found.publicKey !== identity.publicKey) {
    const detail = `${file} names validator ${String(found.lane)} with key ${String(found.publicKey)}: use its key, or another folder`;
    return halt('wrong-validator', detail);
  }
  return null;
}

/** `sum` tells damage from the folder of somebody else, in every format; folders of 0.1.0 have none. */
type Marker = {
  format?: unknown;
  ledgerId?: unknown;
  lane?: unknown;
  publicKey?: unknown;
  sum?: unknown;
};

function markerSum({ format, ledgerId, lane, publicKey }: Marker): string {
  return hash('sha256', JSON.stringify([format, ledgerId, lane, publicKey]), 'hex');
}

function parseMarker(text: string): Marker | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    return value;
  } catch {
    return null;
  }
}

/** The marker comes last: where it stands, the journal must be there too. */
async function setUp(folder: string, identity: FolderIdentity): Promise<Halt | null> {
  const journal = path.join(folder, 'journal');
  if (!removeUnfinishedJournal(journal)) {
    const detail = `${journal} holds records, but ${MARKER} is missing: restore it, or use another folder`;
    return halt('journal-corrupt', detail);
  }
  await createJournal(journal, { ledgerId: identity.ledgerId, lane: identity.lane });
  // The name of the folder itself: what is signed may rest on nothing that a crash takes.
  syncFolder(path.dirname(folder));
  writeMarker(folder, { format: FOLDER_FORMAT, ...identity });
  return null;
}

/** What a set-up that was interrupted left behind. false: there is more than that. */
function removeUnfinishedJournal(journal: string): boolean {
  if (!existsSync(journal)) return true;
  for (const name of readdirSync(journal)) {
    const empty = statSync(path.join(journal, name)).size <= SEGMENT_HEADER_BYTES;
    if (parseSegmentFileName(name) !== 1 || !empty) return false;
  }
  rmSync(journal, { recursive: true });
  return true;
}

function writeMarker(folder: string, content: Marker): void {
  const temporary = path.join(folder, `${MARKER}.new`);
  const fd = openSync(temporary, 'w');
  try {
    writeSync(fd, `${JSON.stringify({ ...content, sum: markerSum(content) }, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  failpoint('before-marker');
  renameSync(temporary, path.join(folder, MARKER));
  failpoint('after-marker');
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
