import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteCache, entryBytes } from './byte-cache.ts';

const ENTRY = entryBytes('k1', new Uint8Array(8));
const value = (): Uint8Array => new Uint8Array(8);

test('the least recently used entries go first, and the bound holds', () => {
  const cache = new ByteCache(3 * ENTRY);
  for (const key of ['k1', 'k2', 'k3']) cache.set(key, value());
  assert.ok(cache.get('k1'));
  cache.set('k4', value());
  assert.equal(cache.get('k2'), undefined);
  assert.ok(cache.get('k1') && cache.get('k3') && cache.get('k4'));
  assert.equal(cache.bytes, 3 * ENTRY);
});

test('an entry that is set again counts once, and one too large is not kept', () => {
  const cache = new ByteCache(2 * ENTRY);
  cache.set('k1', value());
  cache.set('k1', value());
  assert.equal(cache.bytes, ENTRY);
  cache.set('k2', new Uint8Array(10 * ENTRY));
  assert.equal(cache.get('k2'), undefined);
  assert.equal(cache.bytes, 0);
  cache.delete('k2');
  assert.equal(cache.bytes, 0);
});
