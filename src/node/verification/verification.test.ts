import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SignatureCheck } from '../../replica/ports.ts';
import type { Digest } from '../../types/ids.ts';
import type { BatchVerifier } from './batch-verifier.ts';
import { SOURCE_CHECKS_MAX, Verification } from './verification.ts';

/** A check of which the first byte of the signature says whether it is right. */
function check(right: boolean): SignatureCheck {
  const signature = new Uint8Array(64);
  signature[0] = right ? 1 : 0;
  return { publicKey: new Uint8Array(33), digest: '00'.repeat(32) as Digest, signature };
}

/** Answers each batch only when told. */
function manualBatches(parallel: number) {
  const waiting: { checks: readonly SignatureCheck[]; answer: () => Promise<void> }[] = [];
  const batches: BatchVerifier = {
    parallel,
    verify: (checks) =>
      new Promise((done) => {
        const answer = async () => {
          done(checks.map(({ signature }) => signature[0] === 1));
          await new Promise((next) => setImmediate(next));
        };
        waiting.push({ checks, answer });
      }),
    close: async () => {},
  };
  const answerAll = async () => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) await batch.answer();
  };
  return { batches, waiting, answerAll };
}

describe('verification', () => {
  it('answers each job with its own verdicts', async () => {
    const { batches, answerAll } = manualBatches(1);
    const verification = new Verification(batches);
    const wanted = Array.from({ length: 150 }, (_, index) => index % 7 !== 0);
    const jobs = [
      verification.verify('a', wanted.map(check)),
      verification.verify('b', [check(true)]),
    ];
    await answerAll();
    assert.deepEqual(await jobs[0], wanted);
    assert.deepEqual(await jobs[1], [true]);
    assert.equal(verification.depth, 0);
  });

  it('B31: lets a small source pass a flooding one', async () => {
    const { batches, waiting } = manualBatches(1);
    const verification = new Verification(batches);
    void verification.verify(
      'flood',
      Array.from({ length: 10_000 }, () => check(true)),
    );
    const small = verification.verify('small', [check(true)]);
    await waiting.shift()?.answer();
    await waiting.shift()?.answer();
    assert.deepEqual(await small, [true]);
    assert.ok(verification.depth > 9_000);
  });

  it('gives strangers together the turns of one source', async () => {
    const { batches, waiting } = manualBatches(1);
    const verification = new Verification(batches);
    const checks = Array.from({ length: 640 }, () => check(true));
    void verification.verify('lane 0', checks.slice(0, 1));
    for (let i = 0; i < 31; i += 1) void verification.verify(`observer ${i}`, checks);
    const validator = verification.verify('lane 1', checks);
    let isAnswered = false;
    void validator?.then(() => (isAnswered = true));
    let taken = 0;
    for (; !isAnswered; taken += 1) await waiting.shift()?.answer();
    assert.ok(taken <= 2 * (640 / 64) + 3, `${taken} batches of 64`);
  });

  it('answers the jobs of a source in order, those without checks too', async () => {
    const { batches, waiting } = manualBatches(4);
    const verification = new Verification(batches);
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const first = Array.from({ length: 100 }, () => check(true));
    const jobs = [
      verification.verify('a', first)?.then(note('first')),
      verification.verify('a', [check(false)])?.then(note('second')),
      verification.verify('a', [])?.then(note('third')),
    ];
    await waiting.pop()?.answer();
    assert.deepEqual(order, []);
    while (waiting.length > 0) await waiting.pop()?.answer();
    await Promise.all(jobs);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  it('B31: refuses what exceeds the bound of a source, and only of that one', async () => {
    const { batches, answerAll } = manualBatches(1);
    const verification = new Verification(batches);
    const full = Array.from({ length: SOURCE_CHECKS_MAX }, () => check(true));
    const job = verification.verify('a', full);
    assert.equal(verification.verify('a', [check(true)]), null);
    assert.equal(verification.verify('a', []), null);
    assert.notEqual(verification.verify('b', [check(true)]), null);
    await answerAll();
    assert.equal((await job)?.length, SOURCE_CHECKS_MAX);
    assert.notEqual(verification.verify('a', [check(true)]), null);
  });
});
