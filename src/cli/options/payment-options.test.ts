import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, EXIT } from '../exit-code.ts';
import { payeesOf, termsOf } from './payment-options.ts';

test('payees are pairs of an address and an amount above 0', () => {
  const two = [
    { address: 'a', amount: 1n },
    { address: 'b', amount: 20n },
  ];
  assert.deepEqual(payeesOf(['a', '1', 'b', '20']), two);
  refused(() => payeesOf(['a', '1', 'b']), /^b has no amount: ADDRESS AMOUNT of each/);
  refused(() => payeesOf(['a', '0']), /^"0" is not an amount: a whole number from 1 to 2\^64-1$/);
  refused(() => payeesOf(['a', 'b']), /^"b" is not an amount/);
});

test('a fee is an amount, and none is left to the ledger', () => {
  const validEpochs = 5;
  assert.deepEqual(termsOf({ validEpochs }), { fee: undefined, validEpochs });
  assert.deepEqual(termsOf({ fee: '0', validEpochs }), { fee: 0n, validEpochs });
  refused(() => termsOf({ fee: '1e3', validEpochs }), /^--fee: "1e3" is not an amount/);
});

function refused(call: () => unknown, words: RegExp): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof CommandError && error.exitCode === EXIT.usage);
    assert.match(error.message, words);
    return true;
  });
}
