import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Log } from '../log/logger.ts';
import { sayReplay } from './start-log.ts';

describe('the log of a start', () => {
  it('says at times how far a replay is, and nothing of a short one', () => {
    const lines: unknown[] = [];
    const log = { info: (fields: unknown) => lines.push(fields) } as unknown as Log;
    let nowMs = 0;
    const advanced = sayReplay(log, () => nowMs);
    for (let blocks = 1; blocks <= 25; blocks += 1) {
      nowMs += 1000;
      advanced(blocks, 25);
      if (blocks === 9) assert.deepEqual(lines, []);
    }
    assert.deepEqual(lines, [
      { blocks: 10, of: 25 },
      { blocks: 20, of: 25 },
    ]);
  });
});
