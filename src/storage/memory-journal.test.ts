import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryJournal } from './memory-journal.ts';

const payload = (number: number): Uint8Array => new Uint8Array(10).fill(number);

function journalWith(synced: number, unsynced: number): MemoryJournal {
  const journal = new MemoryJournal();
  for (let number = 1; number <= synced; number += 1) journal.append([payload(number)]);
  journal.sync();
  for (let number = 1; number <= unsynced; number += 1) journal.append([payload(synced + number)]);
  return journal;
}

test('a crash takes any suffix of what is not synced, and nothing else', () => {
  for (let lose = 0; lose <= 6; lose += 1) {
    const journal = journalWith(3, 4);
    const lost = journal.crash({ lose });
    assert.equal(lost, Math.min(lose, 4));
    assert.equal(journal.lastOrdinal, 7 - lost);
    assert.equal(journal.durableOrdinal, 7 - lost);
    const expected = Array.from({ length: 7 - lost }, (_, index) => payload(index + 1));
    assert.deepEqual(journal.records(), expected);
    assert.deepEqual(journal.read(3), payload(3));
  }
});

test('a torn end loses the record that it tears, if one was not synced', () => {
  const journal = journalWith(2, 2);
  assert.equal(journal.crash({ lose: 0, torn: true }), 1);
  assert.equal(journal.truncatedBytes, 5);
  assert.equal(journal.lastOrdinal, 3);
  assert.equal(journal.crash({ lose: 1, torn: true }), 0);
  assert.equal(journal.truncatedBytes, 0);
  assert.equal(journal.lastOrdinal, 3);
});

test('a record keeps its bytes, whatever the caller does with his', () => {
  const journal = new MemoryJournal();
  const mine = Uint8Array.of(1, 2);
  journal.append([mine]);
  mine.fill(0);
  assert.deepEqual(journal.read(1), Uint8Array.of(1, 2));
  assert.throws(() => journal.read(2), /no record 2/);
  assert.throws(() => journal.read(0), /no record 0/);
});
