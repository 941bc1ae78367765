import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { openJournal, scanned, writtenJournal } from './journal-fixture.ts';
import { numberedPayload } from './numbered-payload.ts';

const WRITER = fileURLToPath(import.meta.resolve('./journal-writer.js'));

/** Kills the writer when it has acknowledged `count` appends; answers the newest ordinal it acknowledged. */
async function killAfter(child: ChildProcess, count: number): Promise<number> {
  let acknowledged = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    acknowledged = Number(line);
    seen += 1;
    if (seen === count) child.kill('SIGKILL');
  }
  return acknowledged;
}

test('D1: kill -9 during appends keeps everything acknowledged', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), []);
  for (const count of [1, 10, 37, 100, 150]) {
    const child = spawn(process.execPath, [WRITER, place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    const acknowledged = await killAfter(child, count);
    await gone;
    const journal = await openJournal(place);
    assert.ok(acknowledged > 0);
    assert.ok(journal.lastOrdinal >= acknowledged, `${journal.lastOrdinal} < ${acknowledged}`);
    const payloads = await scanned(journal);
    const expected = payloads.map((_, index) => numberedPayload(index + 1));
    assert.deepEqual(payloads, expected);
    await journal.close();
  }
});
