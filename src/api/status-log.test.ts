import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
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
  it('gives a reader each change that it still has once, in order, whatever the pages are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { maxLength: 20, size: 'max' }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        (appends, limit, capacity, onlyFinal) => {
          const log = new StatusLog(capacity);
          let position = log.end;
          let appended = 0;
          const readAll = () => {
            for (let isDone = false; !isDone; ) {
              const oldest = Math.max(position, appended - capacity);
              const left = Array.from({ length: appended - oldest }, (_, n) => oldest + n);
              const wanted = left.filter((n) => n % 2 === 1 || !onlyFinal).slice(0, limit);
              const page = log.read(position, limit, onlyFinal ? FINAL : ALL);
              assert.equal(page.gap, oldest > position);
              assert.deepEqual(page.entries.map(number), wanted);
              position = page.next;
              isDone = wanted.length === 0;
            }
          };
          for (const count of appends) {
            const changes = Array.from({ length: count }, () => change(appended++));
            log.append(changes, 0);
            // Sometimes before the oldest are overwritten, sometimes not.
            if (count % 2 === 0) readAll();
          }
          readAll();
          assert.equal(position, appended);
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
    const waiting = log.changed(ALL, 60_000, new AbortController().signal);
    log.append([change(1)], 0);
    assert.equal(await waiting, 0);
    const leave = new AbortController();
    const leaving = log.changed(ALL, 60_000, leave.signal);
    leave.abort();
    assert.equal(await leaving, 1);
    assert.equal(await log.changed(ALL, 60_000, leave.signal), 1);
    assert.equal(await log.changed(ALL, 0, new AbortController().signal), 1);
  });

  it('leaves who waits for other kinds alone, and then has him look at nothing that came before', async () => {
    const log = new StatusLog(100);
    log.append([change(1)], 0);
    const waiting = log.changed(FINAL, 60_000, new AbortController().signal);
    let isWoken = false;
    void waiting.then(() => {
      isWoken = true;
    });
    for (let n = 2; n < 20; n += 2) log.append([change(n)], 0);
    await turn();
    assert.ok(!isWoken);
    log.append([change(20), change(21), change(23)], 0);
    const page = log.read(await waiting, 10, FINAL);
    assert.equal(await waiting, 10);
    assert.deepEqual(page.entries.map(number), [21, 23]);
  });
});
