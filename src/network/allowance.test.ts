import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from './allowance.ts';

function allowance() {
  const clock = { ms: 0 };
  return { clock, of: new Allowance({ burst: 100, perSecond: 10 }, () => clock.ms) };
}

test('a burst costs no wait, and what is spent comes back, no more than the burst', () => {
  const { clock, of } = allowance();
  assert.equal(of.spend(100), 0);
  clock.ms += 1000;
  assert.equal(of.spend(10), 0);
  clock.ms += 1_000_000;
  assert.equal(of.spend(100), 0);
  assert.notEqual(of.spend(1), 0);
});

test('what is overdrawn is waited for', () => {
  const { clock, of } = allowance();
  of.spend(100);
  assert.equal(of.spend(20), 2000);
  clock.ms += 1500;
  assert.equal(of.spend(0), 500);
  clock.ms += 500;
  assert.equal(of.spend(0), 0);
});

test('as much again may be overdrawn, and no more', () => {
  const { of } = allowance();
  assert.equal(of.spend(200), 10_000);
  assert.equal(of.spend(1), null);
});
