import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { StatusChange } from '../replica/effects.ts';
import type { TxId } from '../types/ids.ts';
import { StatusLog } from './status-log.ts';

type Kinds = ReadonlySet<StatusChange['kind']>;
const ALL: Kinds = new Set(['admitted', 'final'] as const);
const FINAL: Kinds = new Set(['final'] as const);

/** Even ones are admitted, odd ones final. */
const change = (n: number): StatusChange => {
  const txid = n.toString(16).padStart(64, '0') as TxId;
  return n % 2 === 0 ? { txid, kind: 'admitted' } : { txid, kind: 'final', path: 'clean' };
};
const number = ({ change: { txid } }: { change: StatusChange }) => Number.parseInt(txid, 16);

describe('StatusLog', () => {
  it('gives a reader that keeps up each change once, in order, whatever the pages are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        (appends, limit, onlyFinal) => {
          const log = new StatusLog(1000);
          const seen: number[] = [];
          let position = log.end;
          let appended = 0;
          const readAll = () => {
            for (;;) {
              const page = log.read(position, limit, onlyFinal ? FINAL : ALL);
              assert.equal(page.gap, false);
              assert.ok(page.entries.length <= limit);
              position = page.next;
              if (page.entries.length === 0) return;
              seen.push(...page.entries.map(number));
            }
          };
          for (const count of appends) {
            log.append(
              Array.from({ length: count }, () => change(appended++)),
              0,
            );
            if (count % 2 === 0) readAll();
          }
          readAll();
          const all = Array.from({ length: appended }, (_, n) => n);
          assert.deepEqual(seen, onlyFinal ? all.filter((n) => n % 2 === 1) : all);
        },
      ),
    );
  });

  it('tells of a gap exactly when something is lost, and goes on with the oldest it has', () => {
    const log = new StatusLog(4);
    log.append([0, 1, 2, 3].map(change), 0);
    assert.equal(log.read(0, 10, ALL).gap, false);
    log.append([change(4)], 0);
    const page = log.read(0, 10, ALL);
    assert.equal(page.gap, true);
    assert.deepEqual(page.entries.map(number), [1, 2, 3, 4]);
    assert.equal(log.read(page.next, 10, ALL).gap, false);
    assert.equal(log.read(page.next + 1, 10, ALL).gap, true, 'from beyond the end');
    assert.equal(log.read(-1, 10, ALL).gap, true, 'of another run');
  });

  it('wakes who waits at an append and at an abort', async () => {
    const log = new StatusLog(4);
    const waiting = log.changed(60_000, new AbortController().signal);
    log.append([change(1)], 0);
    await waiting;
    const leave = new AbortController();
    const leaving = log.changed(60_000, leave.signal);
    leave.abort();
    await leaving;
    await log.changed(60_000, leave.signal);
    await log.changed(0, new AbortController().signal);
  });
});
