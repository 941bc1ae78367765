import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../log/logger.ts';
import { pauseOf, Scrub, type ScrubParts } from './scrub.ts';

const nothing = async function* (): AsyncGenerator<number> {};
const endless = async (_: number, signal: AbortSignal) => {
  await pauseOf(2 ** 31 - 1, signal);
};
const failing = async function* (bytes: number, damage: Error): AsyncGenerator<number> {
  yield bytes;
  throw damage;
};

function setUp(parts: Partial<ScrubParts>) {
  const failures: unknown[] = [];
  const scrub = new Scrub({
    journal: { unreadBytes: 0, readUnread: nothing },
    savepoint: { readAgain: nothing },
    pause: endless,
    failed: (cause) => failures.push(cause),
    log: silentLogger(),
    ...parts,
  });
  return { scrub, failures };
}

test('what was left unread is read to its end', async () => {
  const read: number[] = [];
  const readUnread = async function* () {
    for (const bytes of [1, 2]) {
      yield bytes;
      read.push(bytes);
    }
  };
  const journal = { unreadBytes: 3, readUnread };
  let isRead = (): void => {};
  const all = new Promise<void>((resolve) => {
    isRead = resolve;
  });
  const pause = (ms: number, signal: AbortSignal) => {
    isRead();
    return endless(ms, signal);
  };
  const { scrub, failures } = setUp({ journal, pause });
  await all;
  await scrub.close();
  assert.deepEqual([read, failures], [[1, 2], []]);
});

test('damage stops the node, of the journal and of the savepoint', async () => {
  const damage = new Error('damage');
  const pause = async () => {};
  const readUnread = () => failing(1, damage);
  const readAgain = () => failing(1, damage);
  for (const parts of [
    { journal: { unreadBytes: 3, readUnread } },
    { pause, savepoint: { readAgain } },
  ]) {
    const failure = new Promise((failed) => setUp({ ...parts, failed }));
    assert.equal(await failure, damage);
  }
});

test('the savepoint is read again and again, the first time after a while, and with pauses', async () => {
  const said: (number | string)[] = [];
  let isEnough = (): void => {};
  const enough = new Promise<void>((resolve) => {
    isEnough = resolve;
  });
  const pause = async (ms: number, signal: AbortSignal) => {
    said.push(ms);
    if (said.length < 10) return;
    isEnough();
    await endless(0, signal);
  };
  const readAgain = async function* () {
    said.push('reads');
    for (let piece = 0; piece < 3; piece += 1) yield 1_000_000;
  };
  const { scrub, failures } = setUp({ pause, savepoint: { readAgain } });
  await enough;
  await scrub.close();
  assert.deepEqual(said.slice(0, 7), [3_600_000, 'reads', 125, 3_600_000, 'reads', 125, 3_600_000]);
  assert.deepEqual(failures, []);
});

test('a node that ends does not wait for the rest, and lets go of the file', async () => {
  let isOpen = true;
  const readUnread = async function* () {
    try {
      for (;;) yield 1_048_576;
    } finally {
      isOpen = false;
    }
  };
  const unreadBytes = Number.MAX_SAFE_INTEGER;
  const { scrub, failures } = setUp({ pause: pauseOf, journal: { unreadBytes, readUnread } });
  await scrub.close();
  assert.deepEqual([isOpen, failures], [false, []]);
});
