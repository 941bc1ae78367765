import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenOrExplain } from './listen.ts';
import { OperatorError } from './operator-error.ts';

/** What is said of an attempt that ends like this. */
async function said(cause: Error): Promise<string> {
  const place = '203.0.113.1:4600';
  const fails = listenOrExplain('rest.port', place, () => Promise.reject(cause));
  const error = await fails.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof OperatorError);
  return error.message;
}

const coded = (code: string) => Object.assign(new Error('listen'), { code });

test('what prevents listening names the setting, also where a library has wrapped it', async () => {
  assert.match(
    await said(coded('EADDRINUSE')),
    /:4600 is in use: .*choose another with --rest\.port/,
  );
  assert.match(await said(coded('EACCES')), /cannot be listened on \(EACCES\): .*--rest\.port/);
  assert.match(await said(coded('EADDRNOTAVAIL')), /\(EADDRNOTAVAIL\): .*--rest\.host/);
  const wrapped = new AggregateError([new Error('a', { cause: coded('EADDRINUSE') })]);
  assert.match(await said(wrapped), /is in use/);
});

test('an option of Node.js that REST cannot do with is no matter of the address', async () => {
  const message = 'Code generation from strings disallowed for this context';
  const words = await said(new EvalError(message));
  assert.match(words, new RegExp(`^${message}: .*without that option of Node\\.js$`));
  assert.doesNotMatch(words, /4600|rest\./);
});
