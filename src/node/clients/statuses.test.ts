import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StatusChange } from '../../replica/effects.ts';
import type { TxStatus } from '../../replica/view.ts';
import type { TxId } from '../../types/ids.ts';
import { Statuses } from './statuses.ts';

const A = 'aa'.repeat(32) as TxId;
const never = new AbortController().signal;

function setUp() {
  let status: TxStatus = { state: 'unknown' };
  const statuses = new Statuses({ status: () => status });
  const step = (next: TxStatus, change: StatusChange) => {
    status = next;
    statuses.stepped([change]);
    return () => statuses.release([change]);
  };
  return { statuses, step };
}

const admitted = [
  { state: 'admitted', rivals: [] },
  { kind: 'admitted', txid: A },
] as const satisfies [TxStatus, StatusChange];
const final = [
  { state: 'final', path: 'contested' },
  { kind: 'final', txid: A, path: 'contested' },
] as const satisfies [TxStatus, StatusChange];
const checkpointed = [
  { state: 'checkpointed', epoch: 3 },
  { kind: 'checkpointed', txid: A, epoch: 3 },
] as const satisfies [TxStatus, StatusChange];

describe('statuses', () => {
  it('R23: tells each status only when it is released, in order', () => {
    const { statuses, step } = setUp();
    assert.equal(statuses.status(A).state, 'unknown');
    const releases = [step(...admitted), step(...final), step(...checkpointed)];
    const told = ['pending', 'admitted', 'final', 'checkpointed'];
    for (const state of told) {
      assert.equal(statuses.status(A).state, state);
      releases.shift()?.();
    }
  });

  it('remembers the path while the checkpoint is not released', () => {
    const { statuses, step } = setUp();
    step(...final)();
    const release = step(...checkpointed);
    assert.deepEqual(statuses.status(A), { state: 'final', path: 'contested' });
    release();
    assert.deepEqual(statuses.status(A), { state: 'checkpointed', epoch: 3 });
  });

  it('wakes who waits for a level at that level, and everybody at an end', async () => {
    const { statuses, step } = setUp();
    const waits = {
      admitted: statuses.waitFor(A, 'admitted', 60_000, never),
      final: statuses.waitFor(A, 'final', 60_000, never),
      checkpointed: statuses.waitFor(A, 'checkpointed', 60_000, never),
    };
    step(...admitted)();
    assert.equal((await waits.admitted).state, 'admitted');
    const rejected = { reason: 'input-spent', winner: A } as const;
    step(
      { state: 'rejected', epoch: null, ...rejected },
      { kind: 'rejected', txid: A, ...rejected },
    )();
    assert.equal((await waits.final).state, 'rejected');
    assert.equal((await waits.checkpointed).state, 'rejected');
  });

  it('answers at the time-out or the abort with what is known then', async () => {
    const { statuses, step } = setUp();
    const gone = new AbortController();
    const aborted = statuses.waitFor(A, 'final', 60_000, gone.signal);
    const timed = statuses.waitFor(A, 'final', 5, never);
    step(...admitted)();
    gone.abort();
    assert.equal((await aborted).state, 'admitted');
    assert.equal((await timed).state, 'admitted');
    assert.equal((await statuses.waitFor(A, 'final', 0, never)).state, 'admitted');
  });
});
