import { test } from 'node:test';
import { coins } from '../../test/arbitraries.ts';
import { holdsCanonical } from '../../test/canonical.ts';
import { decodeCoin, encodeCoin } from './coin.ts';

test('a coin has one encoding', () => {
  holdsCanonical({ encode: encodeCoin, decode: decodeCoin }, coins);
});
