import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../ports.ts';
import { generationTables } from './generation-tables.ts';
import type { Start } from './start.ts';

test('what two generations say of the same is kept apart, however many there are', () => {
  const values = new Map<string, Uint8Array>();
  const store: Store = {
    get: (key) => values.get(key),
    put: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
  };
  const numbers = [0, 1, 127, 128, 129, 255, 256, 257, 16_383, 16_384, 65_536, 0xffff_ffff];
  const tables = numbers.map((generation) => generationTables(store, { generation } as Start));
  // Keys that begin with digits, as most do.
  const keys = ['b', 'b00', 'b01', 'b80', 'b8001', 'bff', 'b0100'];
  for (const [i, table] of tables.entries()) {
    for (const key of keys) table.put(key, Uint8Array.of(i, key.length));
  }
  for (const key of values.keys()) assert.equal(key.length % 2, 1, 'a letter and whole bytes');
  assert.equal(values.size, numbers.length * keys.length);
  for (const [i, table] of tables.entries()) {
    for (const key of keys) assert.deepEqual(table.get(key), Uint8Array.of(i, key.length));
  }
});
