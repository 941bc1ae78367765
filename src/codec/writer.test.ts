import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lock } from '../types/ids.ts';
import { decode } from './reader.ts';
import { Writer } from './writer.ts';

test('what a writer writes a reader reads, at the edges of every width', () => {
  const amounts = [0n, 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n];
  const times = [0, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1];
  const lock = `02${'cd'.repeat(32)}` as Lock;
  const writer = new Writer();
  writer.u8(255);
  writer.u16(65_535);
  writer.u32(2 ** 32 - 1);
  for (const time of times) writer.u48(time);
  for (const amount of amounts) writer.u64(amount);
  writer.digest('ab'.repeat(32));
  writer.lock(lock);
  writer.raw(Uint8Array.of(1, 2, 3));
  const decoded = decode(writer.finish(), (reader) => {
    assert.equal(reader.u8(), 255);
    assert.equal(reader.u16(), 65_535);
    assert.equal(reader.u32(), 2 ** 32 - 1);
    for (const time of times) assert.equal(reader.u48(), time);
    for (const amount of amounts) assert.equal(reader.u64(), amount);
    assert.equal(reader.digest(), 'ab'.repeat(32));
    assert.equal(reader.lock(), lock);
    assert.deepEqual([...reader.rest()], [1, 2, 3]);
    return true;
  });
  assert.ok(decoded.ok);
});

test('integers are big-endian', () => {
  const writer = new Writer();
  writer.u48(0x010203040506);
  writer.u64(0x0102030405060708n);
  assert.deepEqual([...writer.finish()], [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a value out of range is a bug of the caller', () => {
  const writer = new Writer();
  assert.throws(() => writer.u8(256));
  assert.throws(() => writer.u16(-1));
  assert.throws(() => writer.u32(1.5));
  assert.throws(() => writer.u32(2 ** 32));
  for (const wrong of [2 ** 48, -1, 0.5]) assert.throws(() => writer.u48(wrong));
  assert.throws(() => writer.u64(2n ** 64n));
  assert.throws(() => writer.u64(-1n));
  assert.throws(() => writer.digest('ab'));
  assert.throws(() => writer.digest('ab'.repeat(33)));
  assert.throws(() => writer.digest('zz'.repeat(32)));
});

test('reading beyond the end, or not to the end, is malformed', () => {
  const beyond = decode(Uint8Array.of(1), (reader) => reader.u16());
  assert.equal(beyond.ok, false);
  assert.equal(!beyond.ok && beyond.error.code, 'malformed');
  assert.equal(decode(Uint8Array.of(1, 2), (reader) => reader.u8()).ok, false);
  assert.equal(decode(new Uint8Array(0), (reader) => reader.peek()).ok, true);
});

test('a count is refused when its items cannot be there', () => {
  const bytes = new Uint8Array(20);
  const count = (value: number) =>
    decode(bytes, (reader) => {
      reader.count(value, 10, 4, 'items');
      return reader.rest();
    });
  assert.equal(count(5).ok, true);
  assert.equal(count(6).ok, false);
  const many = count(11);
  assert.equal(!many.ok && many.error.code, 'too-large');
});

test('a bug inside a decoder is not taken for bad bytes', () => {
  assert.throws(
    () =>
      decode(new Uint8Array(1), () => {
        throw new RangeError('ours');
      }),
    RangeError,
  );
});
