import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameParser } from './frames.ts';
import { Outbox } from './outbox.ts';

function messagesIn(frames: Uint8Array): number[] {
  const parser = new FrameParser(1000);
  parser.push(frames);
  const first: number[] = [];
  for (let next = parser.next(); next.kind === 'frame'; next = parser.next()) {
    first.push(next.bytes[0]!);
  }
  return first;
}

test('messages leave in order, several per chunk, one larger than a chunk alone', () => {
  const outbox = new Outbox(10_000);
  for (let i = 0; i < 5; i += 1) outbox.add(new Uint8Array(100).fill(i), 0);
  outbox.add(new Uint8Array(900).fill(5), 0);
  assert.deepEqual(messagesIn(outbox.take(0, 300)!.bytes), [0, 1, 2]);
  assert.deepEqual(messagesIn(outbox.take(0, 205)!.bytes), [3, 4]);
  assert.deepEqual(messagesIn(outbox.take(0, 300)!.bytes), [5]);
  assert.equal(outbox.take(0, 300), null);
  assert.equal(outbox.bytes, 0);
});

test('what does not fit is not taken, and fits again when there is room', () => {
  const outbox = new Outbox(400);
  assert.equal(outbox.add(new Uint8Array(300), 0), true);
  assert.equal(outbox.add(new Uint8Array(100), 0), false);
  outbox.take(0, 1);
  assert.equal(outbox.add(new Uint8Array(100), 0), true);
});

test('many empty messages are bounded as well', () => {
  const outbox = new Outbox(10_000);
  let taken = 0;
  while (outbox.add(new Uint8Array(0), 0)) taken += 1;
  assert.ok(taken < 1000);
});

test('a message that is held back holds those behind it, never overtakes', () => {
  const outbox = new Outbox(10_000);
  outbox.add(Uint8Array.of(1), 50);
  outbox.add(Uint8Array.of(2), 20);
  assert.equal(outbox.take(20, 1000), null);
  assert.equal(outbox.nextDueMs(), 50);
  assert.deepEqual(messagesIn(outbox.take(50, 1000)!.bytes), [1, 2]);
});
