import assert from 'node:assert/strict';
import { existsSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fullPipe } from '../../../test/system/full-pipe.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { createLogger } from './logger.ts';

const FULL = '/dev/full';
/** What a pipe has. */
function readAll(pipe: number): string {
  const bytes = Buffer.alloc(65_536);
  try {
    return bytes.toString('utf8', 0, readSync(pipe, bytes));
  } catch {
    return '';
  }
}

const none = !existsSync(FULL) && 'no device that is always full here';

test('D19: a log on a full disk stops nobody, and keeps little of what it could not write', {
  skip: none,
}, async () => {
  const log = await createLogger('info', FULL);
  const before = process.memoryUsage().heapUsed;
  for (let line = 0; line < 20_000; line++) log.info({ line, text: 'x'.repeat(1000) }, 'lost');
  // What a stream has to complain about it does in the next turn, too.
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(process.memoryUsage().heapUsed - before < 15_000_000);
});

test('D19: a log into a pipe that nobody empties waits for nobody; its newest lines and how many are lost stay', async (t) => {
  const { file, read } = fullPipe(t);
  const log = await createLogger('info', file);
  const lines = 20_000;
  for (let line = 0; line < lines; line++) log.info({ line, text: 'x'.repeat(1000) }, 'told');
  log.fatal({ line: lines }, 'told');
  let said = '';
  while (!said.endsWith(`"line":${lines},"msg":"told"}\n`)) {
    said += readAll(read);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // The oldest one was being written.
  const [first, told, ...kept] = said
    .replace(/^x+/, '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(first.line, 0);
  assert.match(told.msg, /lost/);
  assert.deepEqual(
    kept.map(({ line }) => line),
    Array.from({ length: lines - told.lines }, (_, index) => told.lines + 1 + index),
  );
  assert.ok(kept.length > 500, `${kept.length} lines`);
});

test('R11: what a client wrote is one line of the log, whatever is in it', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'node.log');
  const text = 'a\n{"level":30,"msg":"forged"}\u0000\u202e\ud800';
  (await createLogger('info', file)).info({ text }, text);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 1);
  assert.equal(JSON.parse(lines[0] ?? '').text.slice(0, 5), 'a\n{"l');
});
