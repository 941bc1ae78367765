import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { observer, rejected, setUp, turn } from '../../../test/node/scripted-driver.ts';
import type { TxId } from '../../types/ids.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { ReplicaHalt } from './driver.ts';

const ZERO = '00'.repeat(32) as TxId;
const unknown = { code: 'own-signature-unknown', ownBlock: Uint8Array.of(7) } as const;

describe('driver', () => {
  it('releases effects in order, and only when their blocks are durable', async () => {
    let count = 0;
    const { driver, events, syncs } = setUp(() => {
      count += 1;
      return { persist: [Uint8Array.of(count)] };
    });
    driver.input(observer('a'));
    await turn();
    driver.input(observer('b'));
    driver.input(observer('c'));
    await turn();
    assert.deepEqual(events, ['step a', 'append 1', 'step b', 'append 2', 'step c', 'append 3']);
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(6), ['release 1']);
    // The disk may answer out of order; what leaves does not.
    syncs.pop()?.();
    await turn();
    assert.deepEqual(events.slice(7), []);
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(7), ['release 2', 'release 3']);
    assert.equal(syncs.length, 0);
  });

  it('says when what was stepped so far is durable, whatever is stepped afterwards', async () => {
    const { driver, syncs } = setUp(() => ({ persist: [Uint8Array.of(1)] }));
    await driver.durable();
    driver.input(observer('a'));
    await turn();
    let isDurable = false;
    const told = driver.durable().then(() => {
      isDurable = true;
    });
    driver.input(observer('b'));
    await turn();
    assert.equal(isDurable, false);
    syncs.shift()?.();
    await told;
    assert.equal(syncs.length, 1);
  });

  it('takes no more inputs than the blocks of which memory holds, while the disk stands still', async () => {
    const block = new Uint8Array(STORAGE_LIMITS.unreleasedBytesMax.value / 4);
    let steps = 0;
    const { driver, syncs } = setUp(() => {
      steps += 1;
      return { persist: [block], rejected };
    });
    for (let i = 0; i < 12; i++) driver.input({ kind: 'tick' });
    const settled = async () => {
      for (let i = 0; i < 20; i++) await turn();
      return steps;
    };
    assert.equal(await settled(), 5);
    for (const done of syncs.splice(0)) done();
    assert.equal(await settled(), 10);
    for (const done of syncs.splice(0)) done();
    assert.equal(await settled(), 12);
  });

  it('keeps effects without blocks behind those that wait for the disk', async () => {
    const { driver, events, syncs } = setUp((input) =>
      input.kind === 'tick' ? { rejected } : { persist: [Uint8Array.of(7)] },
    );
    driver.input(observer('a'));
    driver.input({ kind: 'tick' });
    // On a slow machine the inputs do not fit into one turn.
    while (!events.includes('step tick')) await turn();
    assert.ok(!events.some((event) => event.startsWith('release')));
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(-2), ['release 7', 'release none']);
  });

  it('is in no hurry to make durable what was only received, until it has something to say', async () => {
    const admitted = { txid: ZERO, kind: 'admitted' } as const;
    const told = [
      { persist: [Uint8Array.of(1)] },
      { persist: [Uint8Array.of(2)], statuses: [admitted] },
      { persist: [Uint8Array.of(3)], rejected },
      { rejected },
      { persist: [Uint8Array.of(4)], statuses: [{ ...admitted, kind: 'final', path: 'clean' }] },
    ] as const;
    let at = 0;
    const { driver, events } = setUp(() => told[at++] ?? {});
    for (let i = 0; i < told.length; i++) driver.input({ kind: 'tick' });
    // On a slow machine the inputs do not fit into one turn.
    while (at < told.length) await turn();
    await turn();
    const seen = events.filter((event) => event !== 'step tick');
    assert.deepEqual(seen, ['append 1', 'append 2', 'append 3 now', 'hurry', 'append 4 now']);
    driver.durable();
    assert.equal(events.at(-1), 'hurry');
  });

  it('releases at once what waits for no disk, every time', async () => {
    const { driver, events } = setUp(() => ({ rejected }));
    driver.input(observer('a'));
    await turn();
    driver.input(observer('b'));
    await turn();
    assert.deepEqual(events, ['step a', 'release none', 'step b', 'release none']);
  });

  it('halts at once: no later step, nothing released, the reason told', async () => {
    const { driver, events, syncs } = setUp((input) =>
      input.kind === 'tick'
        ? { halt: { ...unknown, detail: 'restore the newest copy' } }
        : { persist: [Uint8Array.of(1)] },
    );
    driver.input(observer('a'));
    await turn();
    driver.input({ kind: 'tick' });
    driver.input(observer('late'));
    await turn();
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(2), [
      'step tick',
      'failed own-signature-unknown: restore the newest copy',
    ]);
    driver.input(observer('later'));
    await turn();
    assert.equal(events.length, 4);
  });

  it('O2, D8: fails when a step throws and when the disk does', async () => {
    const thrower = setUp(() => {
      throw new ReplicaHalt({ code: 'assertion', detail: 'a bug', ownBlock: null });
    });
    thrower.driver.input({ kind: 'tick' });
    await turn();
    assert.deepEqual(thrower.events, ['step tick', 'failed assertion: a bug']);

    const disk = setUp(() => ({ persist: [Uint8Array.of(1)] }), {
      journal: { append: () => Promise.reject(new Error('EIO')), hurry: () => {} },
    });
    disk.driver.input({ kind: 'tick' });
    await turn();
    await turn();
    assert.deepEqual(disk.events, ['step tick', 'failed EIO']);
  });

  it('stops with everything stepped released and flushed, and can stop twice', async () => {
    const { driver, events, syncs } = setUp(() => ({ persist: [Uint8Array.of(1)] }));
    driver.input({ kind: 'tick' });
    await turn();
    const stopped = driver.stop();
    syncs.shift()?.();
    await stopped;
    await driver.stop();
    assert.deepEqual(events, ['step tick', 'append 1', 'hurry', 'release 1', 'flush']);
  });

  it('tells of what fails when it has stopped, once, and steps nothing behind a failure', async () => {
    const { driver, events } = setUp(() => ({}));
    await driver.stop();
    driver.fail(new Error('EIO'));
    driver.fail(new Error('EIO again'));
    const running = setUp(() => ({}));
    running.driver.input({ kind: 'tick' });
    running.driver.fail(new Error('EIO'));
    await turn();
    assert.deepEqual([events, running.events], [['hurry', 'flush', 'failed EIO'], ['failed EIO']]);
  });
});
