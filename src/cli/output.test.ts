import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './output.ts';

const DIGEST = 'ab'.repeat(20);
const ROWS = [
  ['name', 'a few  words apart'],
  ['longer', '    5'],
  ['hash', DIGEST],
];

test('a table has its columns below each other', () => {
  const lines = ['name    a few  words apart', 'longer      5', `hash    ${DIGEST}`];
  assert.equal(table(ROWS, undefined), lines.join('\n'));
  assert.equal(table(ROWS, 80), lines.join('\n'));
});

test('what is too long for a terminal goes on below itself, and no word is cut', () => {
  const lines = ['name    a few', '        words', '        apart', 'longer      5'];
  assert.equal(table(ROWS, 13), [...lines, `hash    ${DIGEST}`].join('\n'));
});
