import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SCANNED_TABLE } from '../layout.ts';
import { isOfPages } from '../pages/page-files.ts';
import { PageLog } from '../pages/page-log.ts';
import { PAGES_ROW } from '../pages/pages-row.ts';
import { RUNS_ROW } from '../runs/manifest.ts';
import { isRunName } from '../runs/run.ts';
import { SortedRuns } from '../runs/sorted-runs.ts';
import { openLevel, storedRow } from './level.ts';
import { BEHIND_ALL, decodeAnyKey, encodeKey } from './level-key.ts';
import { decodeValue } from './level-value.ts';

/** Every LevelDB has this file. */
const MARK = 'CURRENT';
/** LevelDB's own log of its work, and the file that it locks: it makes them again. */
const NOT_DATA = new Set(['LOCK', 'LOG', 'LOG.old']);

export type CopiedEntry = {
  readonly key: string;
  /** By which entries are in order: the key as LevelDB has it, or would, or behind all that it has. */
  readonly bytes: Uint8Array;
  readonly value: Uint8Array;
};

/**
 * All entries of a store, those in files beside LevelDB's too, whose folder is left as it is. Opening a LevelDB
 * writes to its folder, so a copy is opened: its tables, which never change, are only linked. Throws LevelDB's
 * error.
 */
export async function* readStoreCopy(folder: string): AsyncGenerator<CopiedEntry> {
  const temporary = mkdtempSync(path.join(tmpdir(), 'althing-store-'));
  try {
    for (const name of readdirSync(folder)) {
      if (NOT_DATA.has(name)) continue;
      const [from, to] = [path.resolve(folder, name), path.join(temporary, name)];
      if (name.endsWith('.ldb') || isRunName(name) || isOfPages(name)) symlinkSync(from, to);
      else copyFileSync(from, to);
    }
    const level = await openLevel(temporary, { createIfMissing: false });
    try {
      yield* ofRuns(temporary, await storedRow(level, RUNS_ROW));
      for await (const [bytes, value] of level.iterator()) {
        if (RUNS_ROW.equals(bytes) || PAGES_ROW.equals(bytes)) continue;
        yield { key: decodeAnyKey(bytes), bytes, value: decodeValue(bytes, value) };
      }
      yield* ofPages(temporary, await storedRow(level, PAGES_ROW));
    } finally {
      await level.close();
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The first ones of all, as their table's letter is. */
async function* ofRuns(
  folder: string,
  manifest: Uint8Array | undefined,
): AsyncGenerator<CopiedEntry> {
  if (manifest === undefined) return;
  const runs = new SortedRuns(folder);
  try {
    runs.load(manifest);
    for (const { key, value } of runs.entries()) {
      yield { key: SCANNED_TABLE + key, bytes: encodeKey(SCANNED_TABLE + key), value };
    }
  } finally {
    await runs.close();
  }
}

/** The last ones. */
async function* ofPages(folder: string, row: Uint8Array | undefined): AsyncGenerator<CopiedEntry> {
  if (row === undefined) return;
  const pages = new PageLog(folder);
  try {
    await pages.load(row);
    for (const { key, page } of pages.entries()) {
      yield { key, bytes: Buffer.concat([BEHIND_ALL, Buffer.from(key, 'latin1')]), value: page };
    }
  } finally {
    await pages.close();
  }
}

export function isStore(folder: string): boolean {
  return existsSync(path.join(folder, MARK));
}
