import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { AUTHORED, traceFileName } from './authored.ts';
import { synthesizeTrace } from './synthesize.ts';
import { formatTrace } from './trace-file.ts';

test('the shipped traces are those that this program writes, and the README has their digests', async () => {
  const readme = await readFile('traces/README.md', 'utf8');
  for (const options of AUTHORED) {
    const trace = synthesizeTrace(options);
    const file = traceFileName(trace);
    const shipped = await readFile(`traces/${file}`, 'utf8');
    assert.equal(shipped, [...formatTrace(trace)].join(''), file);
    const sha256 = createHash('sha256').update(shipped).digest('hex');
    assert.match(readme, new RegExp(`${file}.*${sha256}`));
  }
});
