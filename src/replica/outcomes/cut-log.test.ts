import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../codec/reader.ts';
import { Writer } from '../../codec/writer.ts';
import { CutLog } from './cut-log.ts';

test('the cuts of a generation come back from a savepoint', () => {
  const log = new CutLog(5);
  log.append(6, 70_000, 'resolution');
  log.append(7, 3, 'none');
  const writer = new Writer();
  log.save(writer);
  const again = new CutLog(5);
  assert.ok(decode(writer.finish(), (reader) => again.load(reader)).ok);
  assert.equal(again.applied, 7);
  assert.deepEqual(
    [5, 6, 7, 8].map((epoch) => again.cut(epoch)),
    [0, 70_000, 3, 0],
  );
  assert.deepEqual(
    [5, 6, 7, 8].map((epoch) => again.need(epoch)),
    ['none', 'resolution', 'none', 'none'],
  );
  assert.throws(() => again.append(7, 9, 'none'), /in order/);
});
