import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entryBytes } from '../level/staged.ts';
import { WriteBack } from './write-back.ts';

const KEY = 'n0';
const ENTRY = entryBytes(KEY, new Uint8Array(8));

function held(entries: number) {
  const left: (readonly [key: string, version: number])[] = [];
  const store = new WriteBack(entries * ENTRY, (key, bytes) =>
    left.push([key, bytes[0] as number]),
  );
  const put = (key: string, version: number) => store.put(key, new Uint8Array(8).fill(version));
  const get = (key: string) => store.get(key)?.[0];
  return { left, store, put, get };
}

test('what is rewritten while it is kept back leaves once, as it was last', () => {
  const { left, store, put, get } = held(10);
  for (let version = 1; version <= 9; version++) put(KEY, version);
  assert.equal(get(KEY), 9);
  assert.equal(left.length, 0);
  store.clear();
  assert.deepEqual(left, [[KEY, 9]]);
  assert.equal(get(KEY), undefined);
});

test('when there is no room those leave that were put longest ago, one for each that comes', () => {
  const { left, put } = held(4);
  for (const [at, key] of ['n1', 'n2', 'n3'].entries()) put(key, at);
  assert.equal(left.length, 0);
  put('n4', 3);
  assert.deepEqual(left, [['n1', 0]]);
  put('n2', 9);
  assert.deepEqual(
    left.map(([key]) => key),
    ['n1', 'n3'],
  );
});

test('never more than the bound and an entry, nothing lost, nothing that was deleted', () => {
  const key = fc.integer({ min: 0, max: 9 }).map((number) => `n${number}`);
  const operation = fc.tuple(fc.constantFrom('put', 'put', 'put', 'delete'), key);
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100, size: 'max' }), (operations) => {
      const { left, store, put, get } = held(6);
      const model = new Map<string, number>();
      for (const [at, [kind, name]] of operations.entries()) {
        const before = left.length;
        if (kind === 'put') {
          put(name, at);
          model.set(name, at);
        } else {
          store.delete(name);
          model.delete(name);
        }
        for (const [each, version] of left.slice(before)) {
          assert.equal(model.get(each), version);
          model.delete(each);
        }
        for (const [each, version] of model) assert.equal(get(each), version);
        assert.ok(model.size <= 7);
      }
      const before = left.length;
      store.clear();
      assert.deepEqual(new Map(left.slice(before)), model);
    }),
  );
});
