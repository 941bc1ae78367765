import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bech32, bech32m } from '@scure/base';
import fc from 'fast-check';
import { byteString } from '../../test/codec/arbitraries.ts';
import type { Lock } from '../types/ids.ts';
import { decodeAddress, encodeAddress } from './address.ts';

const KEY = '01a7fca0b29c1becc3e2ea8e805e5be813df8db9b3e37c2039ed45d28e3efffa03' as Lock;
const MULTI = '02623a04088bb99b45ee6576149b3f27f97aaa666af673525b67b5306b767b1efd' as Lock;
const ADDRESS = 'alth1qxnleg9jnsd7eslza28gqhjmaqfalrdek03hcgpea4za9r37llaqx9xxmwq';

function code(text: string, prefix = 'alth'): string {
  const decoded = decodeAddress(prefix, text);
  return decoded.ok ? 'ok' : decoded.error.code;
}

test('addresses are bech32m of the lock', () => {
  assert.equal(encodeAddress('alth', KEY), ADDRESS);
  assert.equal(
    encodeAddress('althdev', MULTI),
    'althdev1qf3r5pqg3wuek30wv4mpfxelyluh42nxdtm8x5jmv76nq6mk0v006d472lr',
  );
  assert.deepEqual(decodeAddress('alth', ADDRESS), { ok: true, value: KEY });
  assert.deepEqual(decodeAddress('alth', ADDRESS.toUpperCase()), { ok: true, value: KEY });
});

test('what is mistyped or of another network is a bad address', () => {
  assert.equal(code(ADDRESS, 'althdev'), 'bad-address');
  assert.equal(code(ADDRESS.replace('q', 'Q')), 'bad-address');
  assert.equal(code(''), 'bad-address');
  assert.equal(code('alth1'), 'bad-address');
  for (let at = 0; at < ADDRESS.length; at++) {
    const typed = ADDRESS[at] === 'p' ? 'q' : 'p';
    assert.equal(code(ADDRESS.slice(0, at) + typed + ADDRESS.slice(at + 1)), 'bad-address');
    assert.equal(code(ADDRESS.slice(0, at) + ADDRESS.slice(at + 1)), 'bad-address');
  }
});

test('other contents under a right checksum are a bad address', () => {
  const lock = Buffer.from(KEY, 'hex');
  assert.equal(code(bech32.encode('alth', bech32.toWords(lock))), 'bad-address');
  assert.equal(code(bech32m.encode('alth', bech32m.toWords(lock.subarray(1)))), 'bad-address');
  const long = Buffer.concat([lock, lock]).subarray(0, 34);
  assert.equal(code(bech32m.encode('alth', bech32m.toWords(long))), 'bad-address');
  assert.equal(code(bech32m.encode('alth', bech32m.toWords(lock.subarray(0, 32)))), 'bad-address');
  const unknown = Buffer.concat([Buffer.of(3), lock.subarray(1)]);
  assert.equal(code(bech32m.encode('alth', bech32m.toWords(unknown))), 'bad-address');
  const words = bech32m.toWords(lock);
  words[words.length - 1]! |= 1; // a padding bit
  assert.equal(code(bech32m.encode('alth', words)), 'bad-address');
});

test('any text is an answer, not an exception', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200, size: 'max' });
  fc.assert(fc.property(text, (text) => assert.equal(code(text), 'bad-address')));
});

test('under a right checksum only a lock is read, and as it was written', () => {
  const words = (minLength: number, maxLength: number) =>
    fc.array(fc.nat(31), { minLength, maxLength, size: 'max' });
  // Of 53 words the first is that of the kind, but for its last bits.
  const aboutLock = fc.tuple(fc.nat(1), words(52, 52)).map(([first, rest]) => [first, ...rest]);
  const bytes = fc.tuple(fc.nat(3), byteString(32)).map(([kind, hash]) => [kind, ...hash]);
  const whole = bytes.map((all) => bech32m.toWords(Uint8Array.from(all)));
  fc.assert(
    fc.property(fc.oneof(whole, aboutLock, words(0, 100)), fc.boolean(), (all, isUpper) => {
      const text = bech32m.encode('alth', all, false);
      const content = bech32m.fromWordsUnsafe(all);
      const isLock = content?.length === 33 && (content[0] === 1 || content[0] === 2);
      const decoded = decodeAddress('alth', isUpper ? text.toUpperCase() : text);
      assert.equal(decoded.ok, isLock);
      if (decoded.ok) assert.equal(encodeAddress('alth', decoded.value), text);
    }),
    { numRuns: 500 },
  );
});
