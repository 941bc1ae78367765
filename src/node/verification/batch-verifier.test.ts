import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { taggedHash } from '../../crypto/hash.ts';
import { createSigner } from '../../crypto/sign.ts';
import { createVerifier } from '../../crypto/verify.ts';
import type { SignatureCheck } from '../../replica/ports.ts';
import { type BatchVerifier, inlineBatches, workerBatches } from './batch-verifier.ts';

const verifier = createVerifier('auto');
const signers = [1, 2, 3].map((seed) => createSigner(new Uint8Array(32).fill(seed)));

/** Every third one signs something else; two have no form at all. */
function someChecks(count: number): { checks: SignatureCheck[]; wanted: boolean[] } {
  const checks: SignatureCheck[] = [];
  for (let i = 0; i < count; i += 1) {
    const signer = signers[i % 3] as (typeof signers)[number];
    const digest = taggedHash('block', Uint8Array.of(i & 0xff, i >> 8));
    const signed = i % 3 === 0 ? taggedHash('block', Uint8Array.of(255, 255)) : digest;
    checks.push({ publicKey: signer.publicKey, digest, signature: signer.sign(signed) });
  }
  const wanted = checks.map((_, i) => i % 3 !== 0);
  const [first, , third] = checks as [SignatureCheck, SignatureCheck, SignatureCheck];
  checks.push({ ...first, signature: new Uint8Array(63) });
  checks.push({ ...third, publicKey: new Uint8Array(0) });
  return { checks, wanted: [...wanted, false, false] };
}

describe('batch verifiers', () => {
  for (const [name, create] of [
    ['inline', () => inlineBatches(verifier)],
    ['workers', () => workerBatches(2, verifier, (error) => assert.fail(error))],
  ] as const) {
    it(`${name}: gives each check its verdict, batches side by side`, async () => {
      const batches: BatchVerifier = create();
      const { checks, wanted } = someChecks(60);
      const small = { checks: checks.slice(0, 3), wanted: wanted.slice(0, 3) };
      const [one, two, three] = await Promise.all([
        batches.verify(checks),
        batches.verify(small.checks),
        batches.verify(checks.toReversed()),
      ]);
      assert.deepEqual(one, wanted);
      assert.deepEqual(two, small.wanted);
      assert.deepEqual(three, wanted.toReversed());
      assert.deepEqual(await batches.verify(small.checks), small.wanted);
      await batches.close();
    });
  }

  it('workers: the same before the first thread is started and when it is', async () => {
    const batches = workerBatches(1, verifier, (error) => assert.fail(error));
    const { checks, wanted } = someChecks(60);
    for (let verified = 0; verified <= 1200; verified += checks.length) {
      assert.deepEqual(await batches.verify(checks), wanted);
    }
    await batches.close();
  });

  it('O3: tells when a worker dies', async () => {
    const died = Promise.withResolvers<Error>();
    const broken = { ...verifier, backend: 'no such backend' };
    const batches = workerBatches(1, broken, died.resolve);
    assert.ok((await died.promise) instanceof Error);
    await batches.close();
  });
});
