import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { synthesizeTrace } from './trace/synthesize.ts';
import { formatTrace } from './trace/trace-file.ts';

const SHIPPED = [
  { kind: 'uniform', transactions: 400 },
  { kind: 'hot-owner', transactions: 400 },
  { kind: 'chains', transactions: 400 },
  { kind: 'double-spends', transactions: 1000 },
] as const;

test('the shipped traces are those that this program writes, and the README has their digests', async () => {
  const readme = await readFile('traces/README.md', 'utf8');
  for (const options of SHIPPED) {
    const trace = synthesizeTrace({ ...options, seed: 'althing' });
    const file = `${trace.name}.utxo.ndjson`;
    const shipped = await readFile(`traces/${file}`, 'utf8');
    assert.equal(shipped, [...formatTrace(trace)].join(''), file);
    const sha256 = createHash('sha256').update(shipped).digest('hex');
    assert.match(readme, new RegExp(`${file}.*${sha256}`));
  }
});
