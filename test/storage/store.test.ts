import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defined } from '../../src/std/assert.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { type StoreFixture, storeSuite } from './store.ts';

async function levelFixture(cacheBytesMax: number): Promise<StoreFixture> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'althing-store-'));
  const opened = await openLevelStore(folder, { wipe: true, cacheBytesMax });
  const store = defined(opened.ok ? opened.value : null, 'the store opens');
  return {
    store,
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

storeSuite('memory', async () => {
  const store = new MemoryStore();
  return {
    store: Object.assign(store, { flush: () => Promise.resolve() }),
    close: () => Promise.resolve(),
  };
});
storeSuite('level', () => levelFixture(1_000_000));
storeSuite('level without a cache', () => levelFixture(0));
