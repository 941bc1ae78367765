import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING } from '../../../test/node/scripted-driver.ts';
import { ReleaseQueue } from './release-queue.ts';

/** Effects that are known by their number. */
const effects = (number: number) => ({ ...NOTHING, wakeAtMs: number });

function queue() {
  const left: (number | null)[] = [];
  const failures: unknown[] = [];
  let emptied = 0;
  const it = new ReleaseQueue({
    release: ({ wakeAtMs }) => left.push(wakeAtMs),
    failed: (cause) => failures.push(cause),
    emptied: () => emptied++,
  });
  return { it, left, failures, emptied: () => emptied };
}

describe('ReleaseQueue', () => {
  it('lets go in order, each when what it rests on is durable', async () => {
    const { it: releases, left, emptied } = queue();
    const disk = Promise.withResolvers<void>();
    releases.push(effects(1), null);
    releases.push(effects(2), disk.promise);
    releases.push(effects(3), null);
    const all = releases.all();
    releases.run();
    assert.deepEqual(left, [1]);
    assert.equal(releases.length, 2);
    disk.resolve();
    await all;
    assert.deepEqual(left, [1, 2, 3]);
    await releases.done;
    assert.equal(emptied(), 1);
    assert.equal(releases.all(), null, 'nothing waits');
  });

  it('takes what is pushed while it waits, too', async () => {
    const { it: releases, left } = queue();
    const disk = Promise.withResolvers<void>();
    releases.push(effects(1), disk.promise);
    releases.run();
    releases.push(effects(2), null);
    releases.run();
    disk.resolve();
    await releases.done;
    assert.deepEqual(left, [1, 2]);
  });

  it('lets nothing go that rests on what failed, nor anything behind it', async () => {
    const { it: releases, left, failures } = queue();
    releases.push(effects(1), Promise.reject(new Error('disk')));
    releases.push(effects(2), null);
    releases.run();
    await releases.done;
    assert.deepEqual(left, []);
    assert.match(String(failures[0]), /disk/);
  });

  it('lets nothing go once it is abandoned, whatever becomes durable', async () => {
    const { it: releases, left } = queue();
    const disk = Promise.withResolvers<void>();
    releases.push(effects(1), disk.promise);
    releases.run();
    releases.abandon();
    disk.resolve();
    await releases.done;
    assert.deepEqual(left, []);
  });
});
