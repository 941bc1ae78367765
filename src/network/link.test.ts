import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, Stream } from '@libp2p/interface';
import { joinFrames } from './frames.ts';
import { type CloseReason, Link } from './link.ts';

/** A stream as libp2p's behaves at its edges, with both ends in the test's hands. */
class FakeStream extends EventTarget {
  status = 'open';
  readStatus: 'readable' | 'paused' = 'readable';
  writableNeedsDrain = false;
  writeBufferLength = 0;
  readonly sent: Uint8Array[] = [];
  /** Windows granted to the peer; to grant one while paused is what overruns the read buffer. */
  grantedWhilePaused = 0;
  #unread: Uint8Array[] = [];

  send(bytes: Uint8Array): boolean {
    this.sent.push(bytes);
    this.writeBufferLength += bytes.length;
    this.writableNeedsDrain = true;
    return false;
  }

  /** The peer takes this much; like libp2p, "drain" is said as soon as anything fits. */
  drain(bytes: number): void {
    this.writeBufferLength = Math.max(0, this.writeBufferLength - bytes);
    this.writableNeedsDrain = false;
    this.dispatchEvent(new Event('drain'));
  }

  pause(): void {
    this.readStatus = 'paused';
  }

  resume(): void {
    this.readStatus = 'readable';
    const unread = this.#unread.splice(0);
    for (const data of unread) this.arrive(data);
    if (this.readStatus !== 'readable') this.grantedWhilePaused += 1;
  }

  arrive(data: Uint8Array): void {
    if (this.readStatus === 'paused') this.#unread.push(data);
    else this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

type Timing = { readonly now: () => number; readonly delayMs: number };

function open(queueBytesMax = 1_000_000, timing: Timing = { now: () => 0, delayMs: 0 }) {
  const stream = new FakeStream();
  const seen: Uint8Array[] = [];
  const closed: CloseReason[] = [];
  const dirty = new Set<Link>();
  const counters = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0, sends: 0 };
  const state = { aborted: 0, onFrame: (_: Uint8Array): void => undefined };
  const connection = { abort: () => void (state.aborted += 1) };
  const link = new Link(
    connection as unknown as Connection,
    stream as unknown as Stream,
    { frameBytesMax: 1000, queueBytesMax, ...timing, counters },
    {
      onFrame: (_, bytes) => {
        seen.push(bytes);
        state.onFrame(bytes);
      },
      onDirty: (each) => void dirty.add(each),
      onClosed: (_, reason) => void closed.push(reason),
    },
  );
  link.open();
  const flush = (): void => {
    for (const each of [...dirty]) each.flush();
    dirty.clear();
  };
  return { link, stream, seen, closed, flush, state };
}

const frame = (value: number): Uint8Array => joinFrames([Uint8Array.of(value)]);

test('no second chunk is written before the stream has let go of the first', () => {
  const { link, stream, flush } = open();
  for (let i = 0; i < 200; i += 1) link.send(new Uint8Array(1000));
  flush();
  assert.equal(stream.sent.length, 1);
  stream.drain(10);
  flush();
  assert.equal(stream.sent.length, 1);
  stream.drain(100_000);
  flush();
  assert.equal(stream.sent.length, 2);
});

test('a pause in the middle of what a resume delivers grants the peer no window', () => {
  const { link, stream, seen, state } = open();
  link.pause();
  for (const value of [1, 2, 3]) stream.arrive(frame(value));
  state.onFrame = () => link.pause();
  link.resume();
  assert.deepEqual(seen, [Uint8Array.of(1)]);
  assert.equal(stream.grantedWhilePaused, 0);
  assert.equal(stream.readStatus, 'paused');
  link.resume();
  link.resume();
  assert.deepEqual(
    seen.map((bytes) => bytes[0]),
    [1, 2, 3],
  );
});

test('frames of one chunk stop at a pause, and go on where they stopped', () => {
  const { link, stream, seen, state } = open();
  state.onFrame = ([value]) => {
    if (value === 2) link.pause();
  };
  stream.arrive(joinFrames([1, 2, 3, 4].map((value) => Uint8Array.of(value))));
  assert.equal(seen.length, 2);
  link.resume();
  assert.equal(seen.length, 4);
});

test('an overflow closes once, with its connection, and nothing is taken after', () => {
  const { link, stream, closed, flush, state } = open(5000);
  for (let i = 0; i < 10; i += 1) link.send(new Uint8Array(1000));
  flush();
  stream.dispatchEvent(new Event('close'));
  stream.arrive(frame(1));
  assert.deepEqual(closed, ['overflow']);
  assert.equal(state.aborted, 1);
  assert.equal(stream.sent.length, 0);
});

test('what arrives after a frame that is too long is not read', () => {
  const { stream, seen, closed } = open();
  stream.arrive(joinFrames([Uint8Array.of(1), new Uint8Array(1001), Uint8Array.of(2)]));
  assert.deepEqual(seen, [Uint8Array.of(1)]);
  assert.deepEqual(closed, ['frame-too-long']);
});

test('what becomes due between the look for it and the setting of the timer is sent all the same', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  // Sent at 0, looked for at 149.9, and due by the time that the timer is set.
  const times = [0, 149.9];
  const { link, stream, flush } = open(undefined, {
    now: () => times.shift() ?? 150,
    delayMs: 150,
  });
  link.send(Uint8Array.of(7));
  flush();
  assert.deepEqual(stream.sent, []);
  t.mock.timers.tick(1);
  assert.deepEqual(stream.sent.map(bare), [frame(7)].map(bare));
});

function bare(bytes: Uint8Array): number[] {
  return [...bytes];
}
