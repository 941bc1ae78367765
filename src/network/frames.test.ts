import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameParser, joinFrames } from './frames.ts';

const MAX = 300;

/** Every frame that the parser yields when it gets the bytes in these pieces. */
function parse(pieces: readonly Uint8Array[], max = MAX): Uint8Array[] {
  const parser = new FrameParser(max);
  const frames: Uint8Array[] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let next = parser.next(); next.kind !== 'partial'; next = parser.next()) {
      assert.equal(next.kind, 'frame');
      if (next.kind === 'frame') frames.push(next.bytes);
    }
  }
  return frames;
}

test('N7: frames survive any cutting of the stream, one byte at a time included', () => {
  const message = fc
    .tuple(fc.nat(MAX), fc.nat(255))
    .map(([length, first]) => Uint8Array.from({ length }, (_, i) => first + i));
  const property = fc.property(
    fc.array(message, { maxLength: 20 }),
    fc.integer({ min: 1, max: 2 * MAX }),
    (messages, size) => {
      const stream = joinFrames(messages);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) pieces.push(stream.slice(at, at + size));
      assert.deepEqual(parse(pieces), messages);
      const bytewise = [...stream].map((byte) => Uint8Array.of(byte));
      assert.deepEqual(parse(bytewise), messages);
    },
  );
  fc.assert(property, { numRuns: 100 });
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

test('a frame does not share memory with the chunk it came in', () => {
  const stream = joinFrames([Uint8Array.of(1, 2, 3)]);
  const [frame] = parse([stream]);
  stream.fill(9);
  assert.deepEqual(frame, Uint8Array.of(1, 2, 3));
});
