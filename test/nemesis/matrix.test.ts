import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, test } from 'node:test';
import { type Cell, cellsOf, piecesOf } from '../../nemesis/matrix/cell.ts';
import { flipBit, tear } from '../../nemesis/matrix/damage.ts';
import { type MatrixResult, matrixTable } from '../../nemesis/matrix/matrix.ts';
import { isRight, MatrixRecord } from '../../nemesis/matrix/record.ts';
import { Signatures } from '../../nemesis/matrix/signatures.ts';
import { contentsOf, encodeBlock } from '../../src/codec/block.ts';
import { createPrng } from '../../src/std/prng.ts';
import type { BlockHeader } from '../../src/types/block.ts';
import { copyOf, LEDGER, samplePayloads, writtenJournal } from '../storage/journal-fixture.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

function block(lane: number, seq: number, timeMs: number): Uint8Array {
  const header: BlockHeader = {
    ledgerId: LEDGER,
    committee: 0,
    lane,
    generation: 0,
    seq,
    prev: LEDGER,
    epoch: 0,
    timeMs,
    refs: [],
    ...contentsOf([], []),
  };
  return encodeBlock(header, new Uint8Array(64).fill(1), [], []);
}

test('two blocks in one slot are seen, in whatever journals they stand', async (t) => {
  const signatures = new Signatures();
  const first = await writtenJournal(temporaryFolder(t), [block(0, 1, 5), block(1, 1, 5)]);
  const second = await writtenJournal(temporaryFolder(t), [block(0, 1, 5), block(0, 2, 6)]);
  await signatures.read(first, 'first');
  await signatures.read(second, 'second');
  assert.deepEqual(signatures.conflicts, []);
  assert.equal(signatures.slots, 3);
  const third = await writtenJournal(temporaryFolder(t), [block(0, 2, 7)]);
  await signatures.read(third, 'third');
  assert.equal(signatures.conflicts.length, 1);
  assert.match(signatures.conflicts[0] ?? '', /^lane 0 seq 2: \w+ \(second\) and \w+ \(third\)$/);
});

test('all segments of a journal are read, up to a torn end', async (t) => {
  const blocks = [1, 2, 3, 4].map((seq) => block(2, seq, seq));
  const whole = await writtenJournal(temporaryFolder(t), blocks, { segmentBytes: 300 });
  const signatures = new Signatures();
  await signatures.read(whole, 'whole');
  assert.equal(signatures.slots, 4);
  const single = await writtenJournal(temporaryFolder(t), blocks);
  const file = path.join(single, '0000000001.segment');
  truncateSync(file, statSync(file).size - 1);
  const shorter = new Signatures();
  await shorter.read(single, 'single');
  assert.equal(shorter.slots, 3);
});

test('only what was not synced is torn', async (t) => {
  const random = createPrng(1);
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(3, 2000));
  const name = '0000000001.segment';
  const { size } = statSync(path.join(place, name));
  const durableBytes = size - 1500;
  let zeroed = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    const segment = path.join(copyOf(place, 'torn'), name);
    assert.ok(tear({ point: 'after-write', segment, durableBytes }, random));
    const left = readFileSync(segment);
    const before = readFileSync(path.join(place, name));
    assert.deepEqual(left.subarray(0, durableBytes), before.subarray(0, durableBytes));
    assert.notDeepEqual(left, before);
    if (left.length === size) zeroed += 1;
  }
  assert.ok(zeroed > 0 && zeroed < 20);
  assert.ok(!tear({ point: 'after-fsync', segment: null, durableBytes: 0 }, random));
  const segment = path.join(place, name);
  assert.ok(!tear({ point: 'after-fsync', segment, durableBytes: size }, random));
});

test('one bit is flipped', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(2, 50));
  const before = readFileSync(path.join(place, '0000000001.segment'));
  assert.ok(flipBit(place, createPrng(3)) !== null);
  const after = readFileSync(path.join(place, '0000000001.segment'));
  const bits = before.reduce((sum, byte, at) => {
    return sum + ((byte ^ (after[at] ?? 0)).toString(2).match(/1/g)?.length ?? 0);
  }, 0);
  assert.equal(bits, 1);
});

test('bits are flipped in what a start reads, and in the rest', (t) => {
  const folder = temporaryFolder(t);
  const files = ['journal/0000000001.segment', 'savepoint/000001.pages', 'store/000001.pages'];
  for (const file of files) {
    mkdirSync(path.join(folder, path.dirname(file)));
    writeFileSync(path.join(folder, file), 'content');
  }
  const random = createPrng(7);
  const hits = new Map(files.map((file) => [file, 0]));
  for (let n = 0; n < 300; n += 1) {
    const file = flipBit(folder, random)?.split(' ')[0] ?? '';
    hits.set(file, (hits.get(file) ?? 0) + 1);
  }
  // Four ninths of 300 each, and one for what is only somewhere.
  for (const file of files.slice(0, 2)) assert.ok((hits.get(file) ?? 0) > 100, file);
  assert.ok((hits.get('store/000001.pages') ?? 0) > 10);
});

test('the table has a row for each point and a column for each damage', () => {
  const cells = cellsOf(['after-send', 'before-sign'], ['kill', 'flip']);
  assert.deepEqual(
    cells.map(({ point, damage }) => `${point} ${damage}`),
    ['before-sign kill', 'before-sign flip', 'after-send kill', 'after-send flip'],
  );
  const results = cells.map((cell, at) => ({
    cell,
    isRight: at !== 3,
    outcome: '',
    short: at === 3 ? '' : 'same root',
  }));
  assert.deepEqual(matrixTable(results).split('\n'), [
    '             kill       flip',
    'before-sign  same root  same root',
    'after-send   same root  FAIL',
  ]);
});

test('cells of dropping generations have devnets of their own', () => {
  const cells = cellsOf(['after-send', 'before-drop', 'before-sign'], ['kill', 'flip']);
  const pieces = piecesOf(cells, 3).map((piece) => piece.map(({ point }) => point));
  assert.deepEqual(pieces, [
    ['before-sign', 'before-sign', 'after-send'],
    ['after-send'],
    ['before-drop', 'before-drop'],
  ]);
});

describe('the record of the matrix', () => {
  const cells = cellsOf(['before-sign', 'after-send'], ['kill']);
  const counts = {
    calls: 1,
    unanswered: 0,
    submitted: 1,
    acknowledged: 1,
    accepted: 1,
    rejected: 0,
    balances: 0,
    outputs: 0,
    epochs: 1,
  };
  const result = (some: readonly Cell[], wrong: Partial<MatrixResult> = {}): MatrixResult => ({
    cells: some.map((cell) => ({ cell, isRight: true, short: 'same root', outcome: '' })),
    slots: 10,
    conflicts: [],
    deaths: [],
    inDoubt: 0,
    verdict: { violations: [], counts },
    ...wrong,
  });
  const [sign, send] = cells as [Cell, Cell];
  const run = { seed: 1, rate: 2 };

  it('leaves out what was run and right, and sums up what many runs noted', (t) => {
    const file = path.join(temporaryFolder(t), 'record.jsonl');
    new MatrixRecord(file).add(result([sign]), run);
    const again = new MatrixRecord(file);
    assert.deepEqual(again.left(cells), [send]);
    again.add(result([send]), run);
    const { cells: all, slots, verdict } = new MatrixRecord(file).sum();
    assert.deepEqual(
      all.map(({ cell }) => cell),
      cells,
    );
    assert.deepEqual([slots, verdict.counts.acknowledged], [20, 2]);
    assert.deepEqual(new MatrixRecord(file).left(cells), []);
  });

  it('has a wrong cell run again, and a whole devnet with something else wrong', (t) => {
    const file = path.join(temporaryFolder(t), 'record.jsonl');
    const [fine, bad] = result(cells).cells;
    const record = new MatrixRecord(file);
    assert.ok(fine !== undefined && bad !== undefined);
    record.add(result([], { cells: [fine, { ...bad, isRight: false }] }), run);
    assert.deepEqual(record.left(cells), [send]);
    record.add(result([send]), run);
    assert.deepEqual(record.left(cells), []);
    assert.ok(isRight(record.sum()));
    const violations = [{ rule: 'once', detail: '' }] as const;
    const wrongs: Partial<MatrixResult>[] = [
      { conflicts: ['two'] },
      { deaths: ['one'] },
      { inDoubt: 1 },
      { verdict: { violations, counts } },
    ];
    for (const wrong of wrongs) {
      const other = new MatrixRecord(path.join(temporaryFolder(t), 'record.jsonl'));
      other.add(result(cells, wrong), run);
      assert.deepEqual(other.left(cells), cells);
      other.add(result([sign]), run);
      assert.deepEqual(other.left(cells), [send]);
      assert.ok(!isRight(other.sum()));
      other.add(result([send]), run);
      assert.ok(isRight(other.sum()));
    }
  });
});
