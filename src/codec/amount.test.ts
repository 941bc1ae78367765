import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AMOUNT_MAX, parseAmount } from './amount.ts';

test('an amount has one form, and ends at 2^64-1', () => {
  for (const amount of [0n, 1n, 9n, 10n, 2n ** 53n + 1n, 10n ** 19n, AMOUNT_MAX]) {
    assert.equal(parseAmount(`${amount}`), amount);
  }
  const strange = [`${AMOUNT_MAX + 1n}`, `${10n ** 20n}`, '', '-1', '+1', '00', '01', '1.0', '1e3'];
  for (const text of [...strange, '0x1', ' 1', '1 ', '1_000', '١', 1, 1n, null, undefined, ['1']]) {
    assert.equal(parseAmount(text), null, `${text}`);
  }
});
