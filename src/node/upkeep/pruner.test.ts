import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openBelow } from '../../../test/system/descriptors.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { StopFolder } from '../../storage/stop-folder.ts';
import type { LedgerId } from '../../types/ids.ts';
import { silentLogger } from '../log/logger.ts';
import { Pruner, type PrunerParts } from './pruner.ts';

test('a stop state that cannot be written leaves nothing, and nothing is dropped for it', async (t) => {
  const folder = path.join(temporaryFolder(t), 'stops');
  const dropped: string[] = [];
  const start = { generation: 3, epoch: 9, journalled: 70 };
  const parts = {
    replica: {
      oldest: 0,
      keepFrom: () => ({ start, left: [] }),
      drop: () => dropped.push('generations'),
      certificate: () => ({ checkpoint: { epoch: 9 }, signatures: [] }),
      progress: () => ({ dropped: 0 }),
    },
    journal: {
      segments: 4,
      link: () => '00'.repeat(16),
      append: async () => {},
      drop: async () => dropped.push('segments'),
    },
    store: { scan: () => Promise.reject(new Error('EIO: i/o error')) },
    stops: new StopFolder(folder),
    stop: null,
    ledgerId: 'ab'.repeat(32) as LedgerId,
    lane: 2,
    kept: 1,
    betweenSteps: () => Promise.resolve(),
    log: silentLogger(),
  };
  const pruner = new Pruner(parts as unknown as PrunerParts);
  pruner.look();
  await pruner.close();
  assert.equal(pruner.counts.failed, 1);
  assert.deepEqual([openBelow(folder), readdirSync(folder), dropped], [[], [], []]);
});
