import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { halt, StorageFault } from '../fault.ts';
import { CommitQueue } from './commit-queue.ts';

const turn = () => new Promise((next) => setImmediate(next));
const record = (byte: number, size = 1) => new Uint8Array(size).fill(byte);

/** A queue over a disk that makes durable what it is told to. */
function setUp() {
  const commits: { readonly first: number[]; readonly done: (cause?: Error) => void }[] = [];
  const queue = new CommitQueue({
    commit: (records) =>
      new Promise((resolve, reject) => {
        const done = (cause?: Error) => (cause === undefined ? resolve() : reject(cause));
        commits.push({ first: records.map((each) => each[0] as number), done });
      }),
    failed: async () => new StorageFault(halt('disk-error', 'gone')),
  });
  return { queue, commits };
}

describe('commit queue', () => {
  // A patient append waits for as long as the test says, however slow the machine.
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('lets patient appends ride with the next that is waited for, in order', async () => {
    const { queue, commits } = setUp();
    const order: number[] = [];
    for (const [byte, patient] of [
      [1, true],
      [2, true],
      [3, false],
    ] as const) {
      queue.push([record(byte)], patient).then(() => order.push(byte));
      await turn();
      assert.equal(commits.length, patient ? 0 : 1);
    }
    assert.deepEqual(commits[0]?.first, [1, 2, 3]);
    commits[0]?.done();
    await turn();
    assert.deepEqual(order, [1, 2, 3]);
  });

  it('commits one at a time, and after one goes on only for what is waited for', async () => {
    const { queue, commits } = setUp();
    queue.push([record(1)], false);
    await turn();
    queue.push([record(2)], true);
    commits[0]?.done();
    await turn();
    assert.equal(commits.length, 1, 'nobody waits for the second');
    queue.hurry();
    queue.push([record(3)], true);
    await turn();
    assert.deepEqual(commits[1]?.first, [2, 3]);
  });

  it('writes what nobody waits for after a while, and what is large at once', async () => {
    const { queue, commits } = setUp();
    queue.push([record(1)], true);
    mock.timers.tick(49);
    await turn();
    assert.equal(commits.length, 0);
    mock.timers.tick(1);
    await turn();
    assert.deepEqual(commits[0]?.first, [1]);
    commits[0]?.done();
    await turn();
    const half = STORAGE_LIMITS.commitBytesMax.value / 2;
    queue.push([record(2, half)], true);
    await turn();
    assert.equal(commits.length, 1);
    queue.push([record(3, half + 1)], true);
    await turn();
    assert.deepEqual(commits[1]?.first, [2], 'two do not fit into one commit');
    commits[1]?.done();
    await turn();
    assert.deepEqual(commits[2]?.first, [3]);
  });

  it('an empty append is a barrier: it resolves behind all that was pushed before', async () => {
    const { queue, commits } = setUp();
    let isDurable = false;
    queue.push([record(1)], true);
    const barrier = queue.push([], false).then(() => {
      isDurable = true;
    });
    await turn();
    assert.deepEqual(commits[0]?.first, [1]);
    assert.equal(isDurable, false);
    commits[0]?.done();
    await barrier;
  });

  it('D1: after a failure tells everybody who waits, the patient too', async () => {
    const { queue, commits } = setUp();
    const told = [queue.push([record(1)], false)];
    await turn();
    told.push(queue.push([record(2)], true));
    commits[0]?.done(new Error('EIO'));
    for (const each of told) await assert.rejects(each, StorageFault);
    assert.equal(commits.length, 1);
  });

  it('closes when all is durable', async () => {
    const { queue, commits } = setUp();
    queue.push([record(1)], true);
    let isClosed = false;
    const closed = queue.close().then(() => {
      isClosed = true;
    });
    await turn();
    assert.deepEqual([commits.length, isClosed], [1, false]);
    commits[0]?.done();
    await closed;
  });
});
