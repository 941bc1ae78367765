import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerId } from '../types/ids.ts';
import {
  decodeEvidence,
  encodeEvidence,
  evidenceFromJson,
  evidenceToJson,
  type LedgerEvidence,
} from './evidence.ts';

const of = (count: number): LedgerEvidence => ({
  ledgerId: 'ab'.repeat(32) as LedgerId,
  kind: 'equivocation',
  lane: 3,
  blocks: Array.from({ length: count }, () => Uint8Array.of(1, 2)),
});

test('evidence has one block or two, in both of its forms', () => {
  for (const [count, isRead] of [false, true, true, false].entries()) {
    assert.equal(decodeEvidence(encodeEvidence(of(count))).ok, isRead, `${count} blocks`);
    assert.equal(evidenceFromJson(evidenceToJson(of(count))).ok, isRead, `${count} blocks`);
  }
});

test('its JSON says what it is, names a ledger by exactly 64 digits, and holds nothing but bytes in hex', () => {
  const json = evidenceToJson(of(1));
  for (const format of ['althing', 'althing-evidence2', null]) {
    assert.equal(evidenceFromJson({ ...json, format }).ok, false);
  }
  for (const digits of [63, 65]) {
    assert.equal(evidenceFromJson({ ...json, ledger_id: 'a'.repeat(digits) }).ok, false);
  }
  for (const block of ['', 'AB', 'abc', 7]) {
    assert.equal(evidenceFromJson({ ...json, blocks: [block] }).ok, false);
  }
});
