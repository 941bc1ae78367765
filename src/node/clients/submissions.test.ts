import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Input } from '../../replica/effects.ts';
import { type ErrorCode, problem } from '../../types/errors.ts';
import type { TxId } from '../../types/ids.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import { type SubmissionParts, Submissions } from './submissions.ts';

const txidOf = (digit: string) => digit.repeat(64) as TxId;
const bytes = (n: number) => new Uint8Array([n]);

/** Byte 0 is no transaction; byte n is the transaction nnn... */
function parts() {
  const inputs: Input[] = [];
  const refused: ErrorCode[] = [];
  const known = new Set<TxId>();
  const kept: Uint8Array[] = [];
  const ingress = {
    transactions: async (list: readonly Uint8Array[]) => {
      kept.push(...list);
      return list.map(([n = 0]) =>
        n === 0
          ? { ok: false, txid: null, problem: problem('bad-signature', '') }
          : { ok: true, tx: { txid: txidOf(String(n)) } as Verified<Transaction> },
      );
    },
  } as unknown as SubmissionParts['ingress'];
  const submissions = new Submissions({
    ingress,
    input: (input) => inputs.push(input),
    status: (txid) => (known.has(txid) ? { state: 'pending' } : { state: 'unknown' }),
    submitted: (txid) => known.add(txid),
    refused: (code) => refused.push(code),
  });
  return { submissions, inputs, refused, known, kept };
}

/** Until the submissions have passed the ingress. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('Submissions', () => {
  it('answers each in order, whoever refuses it, and counts every refusal', async () => {
    const { submissions, inputs, refused } = parts();
    const answers = submissions.submit([bytes(1), bytes(0), bytes(2)], 'a');
    await settled();
    assert.equal(inputs.length, 2);
    submissions.answer([
      { txid: txidOf('1'), ok: true },
      { txid: txidOf('2'), ok: false, problem: problem('input-spent', ''), winner: txidOf('1') },
    ]);
    assert.deepEqual(await answers, [
      { ok: true, txid: txidOf('1'), known: false },
      { ok: false, txid: null, problem: problem('bad-signature', '') },
      { ok: false, txid: txidOf('2'), problem: problem('input-spent', ''), winner: txidOf('1') },
    ]);
    assert.deepEqual(refused, ['bad-signature', 'input-spent']);
  });

  it('does not ask the replica for what it has', async () => {
    const { submissions, inputs, known } = parts();
    known.add(txidOf('1'));
    assert.deepEqual(await submissions.submit([bytes(1)], 'a'), [
      { ok: true, txid: txidOf('1'), known: true },
    ]);
    assert.equal(inputs.length, 0);
  });

  it('keeps no view of the bytes it was given', async () => {
    const { submissions, kept } = parts();
    const body = new Uint8Array([9, 0, 9]);
    await submissions.submit([body.subarray(1, 2)], 'a');
    assert.deepEqual(kept, [bytes(0)]);
    assert.equal(kept[0]?.buffer.byteLength, 1);
  });

  it('answers who waits, and who comes later, when it closes', async () => {
    const { submissions } = parts();
    const waiting = submissions.submit([bytes(1)], 'a');
    await settled();
    submissions.close();
    for (const [answer] of [await waiting, await submissions.submit([bytes(2)], 'a')]) {
      assert.equal(answer?.ok === false && answer.problem.code, 'not-ready');
    }
  });
});
