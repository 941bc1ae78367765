import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from './logger.ts';
import { Scrub } from './scrub.ts';

test('what was left unread is read to its end', async () => {
  const failures: unknown[] = [];
  const read: number[] = [];
  await new Promise<void>((resolve) => {
    const journal = {
      unreadBytes: 3,
      async *readUnread() {
        for (const bytes of [1, 2]) {
          yield bytes;
          read.push(bytes);
        }
        resolve();
      },
    };
    new Scrub({ journal, failed: (cause) => failures.push(cause), log: silentLogger() });
  });
  assert.deepEqual([read, failures], [[1, 2], []]);
});

test('damage stops the node', async () => {
  const damage = new Error('journal-corrupt');
  const journal = {
    unreadBytes: 3,
    async *readUnread(): AsyncGenerator<number> {
      yield 1;
      throw damage;
    },
  };
  const failure = new Promise((failed) => new Scrub({ journal, failed, log: silentLogger() }));
  assert.equal(await failure, damage);
});

test('a node that ends does not wait for the rest, and lets go of the file', async () => {
  let isOpen = true;
  const journal = {
    unreadBytes: Number.MAX_SAFE_INTEGER,
    async *readUnread() {
      try {
        for (;;) yield 1_048_576;
      } finally {
        isOpen = false;
      }
    },
  };
  const failures: unknown[] = [];
  const scrub = new Scrub({
    journal,
    failed: (cause) => failures.push(cause),
    log: silentLogger(),
  });
  await scrub.close();
  assert.deepEqual([isOpen, failures], [false, []]);
});
