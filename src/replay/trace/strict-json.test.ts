import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guarded, integerOf } from './strict-json.ts';

test('an integer has one text: the second zero of JSON is none', () => {
  const read = (text: string) => guarded(1, () => integerOf(JSON.parse(text), 'count', 0, 9));
  assert.deepEqual(read('0'), { ok: true, value: 0 });
  for (const text of ['-0', '-1', '10', '0.5', '"0"']) assert.equal(read(text).ok, false, text);
});
