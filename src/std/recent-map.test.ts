import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentMap } from './recent-map.ts';

const ENTRY = 10;
const weigh = (key: string, bytes: Uint8Array): number => key.length + bytes.length;
const bounded = (weightMax: number) => new RecentMap<string, Uint8Array>(weightMax, weigh);
const value = (): Uint8Array => new Uint8Array(8);

test('what was not used for a generation goes, what was used stays', () => {
  const cache = bounded(4 * ENTRY);
  for (const key of ['k1', 'k2', 'k3']) cache.set(key, value());
  assert.ok(cache.get('k1'));
  cache.set('k4', value());
  assert.ok(cache.get('k1') && cache.get('k3') && cache.get('k4'));
  assert.equal(cache.get('k2'), undefined);
});

test('an entry larger than a generation is not kept, nor an older value of it', () => {
  const cache = bounded(2 * ENTRY);
  cache.set('k1', value());
  cache.set('k1', new Uint8Array(10 * ENTRY));
  assert.equal(cache.get('k1'), undefined);
  assert.equal(cache.size, 0);
});

test('never more than the bound, never a value that was replaced or deleted', () => {
  const key = fc.integer({ min: 0, max: 9 }).map((number) => `k${number}`);
  const operation = fc.tuple(fc.constantFrom('get', 'set', 'set', 'delete'), key);
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100, size: 'max' }), (operations) => {
      const cache = bounded(6 * ENTRY);
      const model = new Map<string, Uint8Array>();
      for (const [kind, name] of operations) {
        if (kind === 'set') {
          model.set(name, value());
          cache.set(name, model.get(name)!);
          assert.equal(cache.get(name), model.get(name));
        } else if (kind === 'delete') {
          model.delete(name);
          cache.delete(name);
        }
        const found = cache.get(name);
        if (found !== undefined) assert.equal(found, model.get(name));
        assert.ok(cache.size <= 6);
      }
    }),
  );
});
