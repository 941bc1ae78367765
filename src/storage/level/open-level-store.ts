import { ClassicLevel } from 'classic-level';
import { err, ok, type Result } from '../../std/result.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import type { Halt } from '../fault.ts';
import { KeySieve } from './key-sieve.ts';
import { openLevel } from './level.ts';
import { openFault } from './level-faults.ts';
import { LevelStore } from './level-store.ts';

/** 512 KiB up to about 32,000 keys, then 8 MiB. */
const SIEVE_LOG2 = { first: 22, most: 26 } as const;

export type LevelStoreOptions = {
  /** Begin empty. Without it the store must exist. */
  readonly wipe: boolean;
  readonly cacheBytesMax?: number;
  /**
   * For what no journal implies: a flush goes to disk whole or not at all, and is durable when it
   * resolves; it may hold up the event loop.
   */
  readonly atomic?: boolean;
  /** Of the store as it is found: that of the savepoint which it was made from. Taken over. */
  readonly sieve?: Uint8Array;
};

/** Halts: folder-locked, disk-error. */
export async function openLevelStore(
  folder: string,
  options: LevelStoreOptions,
): Promise<Result<LevelStore, Halt>> {
  const { wipe, atomic = false } = options;
  try {
    if (wipe) await ClassicLevel.destroy(folder);
    const cacheBytesMax = options.cacheBytesMax ?? STORAGE_LIMITS.cacheBytesMax.value;
    const sieve = wipe
      ? new KeySieve(SIEVE_LOG2.first, SIEVE_LOG2.most)
      : options.sieve === undefined
        ? null
        : KeySieve.of(options.sieve, SIEVE_LOG2.most);
    const level = await openLevel(folder, {
      createIfMissing: wipe,
      errorIfExists: wipe,
      // Most of what is put has a random key, so each table spans all keys and is merged with all others: a larger
      // one is merged less often.
      writeBufferSize: STORAGE_LIMITS.writeBufferBytes.value,
    });
    const store = new LevelStore(level, { cacheBytesMax, sieve, atomic });
    await store.load();
    return ok(store);
  } catch (cause) {
    return err(openFault(folder, cause));
  }
}
