import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOutputs } from './genesis-outputs.ts';
import { readJson } from './json-fields.ts';

const lock = `01${'ab'.repeat(32)}`;

test('an output is an object with a lock and an amount; whatever else stands there is refused', () => {
  const read = (output: unknown) => readJson(() => readOutputs([output], 'alt'));
  assert.deepEqual(read({ lock, amount: '5' }), { ok: true, value: [{ lock, amount: 5n }] });
  const more = { lock, amount: '5', more: 1 };
  for (const wrong of [null, undefined, 5, 'text', [lock, '5'], { lock }, { amount: '5' }, more]) {
    assert.equal(read(wrong).ok, false, JSON.stringify(wrong));
  }
  for (const amount of ['0', '05', '-1', 5, '18446744073709551616']) {
    assert.equal(read({ lock, amount }).ok, false, `${amount}`);
  }
});
