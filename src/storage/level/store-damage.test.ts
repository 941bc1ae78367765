import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../../test/storage/open-store.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { defined } from '../../std/assert.ts';
import { causeCode, StorageFault } from '../fault.ts';
import { openLevel } from './level.ts';
import { readFault, StoreDamage } from './level-faults.ts';
import { encodeKey } from './level-key.ts';
import { decodeValue, encodeValue } from './level-value.ts';
import { readStoreCopy } from './store-copy.ts';

const KEY = 'c01';
/** Longer than a block of a table; of bytes that LevelDB cannot compress, so that they stand there as they are. */
const VALUE = crypto.getRandomValues(new Uint8Array(200));
const isTable = (name: string): boolean => name.endsWith('.ldb');
const isDamage = (cause: unknown): boolean => cause instanceof StoreDamage;

/** The folder of a store with one table, in which one bit of the value has flipped. */
async function damaged(t: TestContext): Promise<string> {
  const folder = path.join(temporaryFolder(t), 'store');
  const store = await openStore(folder, true);
  store.put(KEY, VALUE);
  await store.still(async () => {});
  await store.close();
  const [name] = readdirSync(folder).filter(isTable);
  const table = path.join(folder, defined(name, 'a table'));
  const bytes = readFileSync(table);
  const at = bytes.indexOf(VALUE);
  assert.ok(at > 0, 'the value stands there as it is');
  bytes[at + 100] = (bytes[at + 100] as number) ^ 4;
  writeFileSync(table, bytes);
  return folder;
}

test('what LevelDB returns otherwise than it was put is damage, to who looks it up, scans or copies', async (t) => {
  const folder = await damaged(t);
  const copied = async () => {
    for await (const entry of readStoreCopy(folder)) assert.fail(entry.key);
  };
  await assert.rejects(copied, /is not as it was put/);
  const store = await openStore(folder, false);
  t.after(() => store.close());
  assert.throws(() => store.get(KEY), isDamage);
  await assert.rejects(store.scan('c', { limit: 1 }), isDamage);
});

test('damage that LevelDB has merged into another table, with right sums there, is damage still', async (t) => {
  const folder = await damaged(t);
  const before = readdirSync(folder).filter(isTable);
  const level = await openLevel(folder);
  for (const key of ['c00', 'c02']) await level.put(encodeKey(key), VALUE);
  await level.compactRange(Uint8Array.of(0), Uint8Array.of(255));
  await level.close();
  const after = readdirSync(folder).filter(isTable);
  assert.deepEqual([after.length, after.includes(before[0] as string)], [1, false]);
  const store = await openStore(folder, false);
  t.after(() => store.close());
  assert.throws(() => store.get(KEY), isDamage);
});

test('a value under the key of another one, and less than a sum, is damage', () => {
  const [key, other] = [Uint8Array.of(1), Uint8Array.of(2)];
  for (const value of [new Uint8Array(), Uint8Array.of(5)]) {
    const stored = encodeValue(key, value);
    assert.deepEqual(decodeValue(key, stored), value);
    assert.throws(() => decodeValue(other, stored), /02 is not as it was put/);
    assert.throws(() => decodeValue(key, stored.subarray(0, -1)), /is not as it was put/);
  }
  for (let bytes = 0; bytes < 4; bytes += 1) {
    assert.throws(() => decodeValue(key, new Uint8Array(bytes)), /is not as it was put/);
  }
});

test('what the system refuses to read is no damage', () => {
  const refused = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  const found = Object.assign(new Error('bad block'), { code: 'LEVEL_CORRUPTION' });
  assert.equal(causeCode(refused), 'EMFILE');
  const [first, second, third] = [refused, found, new Error('a sum')].map(readFault);
  assert.ok(first instanceof StorageFault && !isDamage(first));
  assert.ok(isDamage(second) && isDamage(third));
  assert.deepEqual([first.code, second?.code], ['disk-error', 'disk-error']);
});
