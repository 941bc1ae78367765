import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { freeBytes } from './free-bytes.ts';

it('says how many bytes are left, and nothing of a place that is not there', () => {
  const { blocks, bsize } = statfsSync(tmpdir());
  const free = freeBytes(tmpdir());
  assert.ok(free > blocks && free <= blocks * bsize, `bytes, not blocks: ${free}`);
  assert.ok(Number.isNaN(freeBytes(path.join(tmpdir(), 'not', 'there'))));
});
