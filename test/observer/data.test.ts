import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openObserverData } from '../../src/node/observer/observer-data.ts';
import type { LedgerId } from '../../src/types/ids.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

const LEDGER = 'ab'.repeat(32) as LedgerId;
const KEY = `d${'cd'.repeat(32)}`;

test('D6: a store whose layout cannot be read is made anew: the one that was opened lets go of it', async (t) => {
  const home = temporaryFolder(t);
  const first = await openObserverData(home, LEDGER);
  first.store.put(KEY, new Uint8Array(2000).fill(7));
  await first.close();
  // What is in the log of a store that is opened becomes a table.
  await (await openObserverData(home, LEDGER)).close();
  const stored = path.join(home, 'follower', 'store');
  for (const name of readdirSync(stored).filter((one) => one.endsWith('.ldb'))) {
    const bytes = readFileSync(path.join(stored, name));
    // The entries; where they are stands behind them.
    writeFileSync(path.join(stored, name), bytes.fill(0xff, 0, 64));
  }
  const again = await openObserverData(home, LEDGER);
  t.after(() => again.close());
  assert.equal(again.store.get(KEY), undefined);
});
