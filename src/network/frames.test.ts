import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { FrameParser, joinFrames } from './frames.ts';

const MAX = 300;

/** Every frame that the parser yields when it gets the bytes in these pieces. */
function parse(pieces: readonly Uint8Array[]): Uint8Array[] {
  const parser = new FrameParser(MAX);
  return pieces.flatMap((piece) => {
    parser.push(piece);
    return framesIn(parser);
  });
}

/** Every frame that is whole by now. */
function framesIn(parser: FrameParser): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let next = parser.next(); next.kind !== 'partial'; next = parser.next()) {
    if (next.kind !== 'frame') assert.fail(`a frame of ${next.length} bytes`);
    frames.push(next.bytes);
  }
  return frames;
}

/** Lengths around the widths of a header's bytes, and such that many frames lie in one chunk. */
const message = fc
  .tuple(
    fc.oneof(fc.nat(5), fc.nat(300), fc.constantFrom(255, 256, 257, 65_535, 65_536, 70_000)),
    fc.nat(255),
  )
  .map(([length, first]) => Uint8Array.from({ length }, (_, i) => first + i));

test('N7: frames survive any cutting of the stream, however many pieces wait, one byte at a time included', () => {
  const piece = fc.tuple(fc.oneof(fc.nat(6), fc.nat(600), fc.nat(100_000)), fc.boolean());
  const property = fc.property(
    fc.array(message, { maxLength: 20 }),
    fc.array(piece, { minLength: 1, maxLength: 40, size: 'max' }),
    (messages, cuts) => {
      const stream = joinFrames(messages);
      const parser = new FrameParser(70_000);
      const frames: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        // Pieces of every length, empty ones too; of some the next comes before anything is asked for.
        const [size, isReadNow] = cuts[turn % cuts.length]!;
        const end = turn >= cuts.length ? at + size + 1 : at + size;
        parser.push(stream.slice(at, end));
        at = end;
        if (isReadNow) frames.push(...framesIn(parser));
      }
      frames.push(...framesIn(parser));
      // Not compared as a whole: to print how much of this differs would take longer than to shrink it.
      assert.equal(frames.length, messages.length);
      for (const [at, frame] of frames.entries()) {
        assert.equal(Buffer.compare(frame, messages[at]!), 0);
      }
      assert.deepEqual(parser.next(), { kind: 'partial' });
    },
  );
  fc.assert(property, { numRuns: 60 });
  const some = [5, 0, 256, 1].map((length) => new Uint8Array(length).fill(length));
  assert.deepEqual(parse([...joinFrames(some)].map((byte) => Uint8Array.of(byte))), some);
});

test('what is not read yet stays, and a refused frame is told again', () => {
  const parser = new FrameParser(MAX);
  parser.push(joinFrames([Uint8Array.of(1), new Uint8Array(MAX + 1), Uint8Array.of(2)]));
  assert.deepEqual(parser.next(), { kind: 'frame', bytes: Uint8Array.of(1) });
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(parser.next(), { kind: 'too-long', length: MAX + 1 });
  }
});

test('P7: a frame of exactly the bound passes, one byte more is refused by its length alone', () => {
  assert.equal(parse([joinFrames([new Uint8Array(MAX)])])[0]?.length, MAX);
  const parser = new FrameParser(MAX);
  parser.push(Uint8Array.of(0, 0, 1, 45));
  assert.deepEqual(parser.next(), { kind: 'too-long', length: MAX + 1 });
});

test('P7: a length of 2^32-1 is refused before anything is allocated', () => {
  const parser = new FrameParser(MAX);
  parser.push(Uint8Array.of(255, 255, 255, 255));
  assert.deepEqual(parser.next(), { kind: 'too-long', length: 2 ** 32 - 1 });
});

test('what was read is let go, while the stream goes on', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const parser = new FrameParser(MAX);
  const chunks = [1, 2, 3].map((byte) => {
    const chunk = joinFrames([Uint8Array.of(byte)]);
    parser.push(chunk);
    return new WeakRef(chunk);
  });
  assert.equal(framesIn(parser).length, chunks.length);
  parser.push(Uint8Array.of(0, 0));
  // What is weakly held lives to the end of the turn in which it was made.
  await setImmediate();
  collect();
  assert.deepEqual(
    chunks.map((chunk) => chunk.deref()),
    [undefined, undefined, undefined],
  );
  assert.equal(parser.next().kind, 'partial');
});

test('a frame does not share memory with the chunk it came in', () => {
  const stream = joinFrames([Uint8Array.of(1, 2, 3)]);
  const [frame] = parse([stream]);
  stream.fill(9);
  assert.deepEqual(frame, Uint8Array.of(1, 2, 3));
});
