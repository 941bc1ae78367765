/**
 * Signature checks: native against the JavaScript reference, and what a batch costs through a worker
 * thread by its size. Prints JSON; microseconds per signature.
 *
 *   node dist/bench/micro/verify.js
 */
import { taggedHash } from '../../src/crypto/hash.ts';
import { keyPair } from '../../src/crypto/keys.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import { workerBatches } from '../../src/node/verification/batch-verifier.ts';
import { defined } from '../../src/std/assert.ts';
import { uint32Bytes } from '../../src/std/bytes.ts';
import type { SignatureCheck, Verifier } from '../../src/types/signature.ts';

const BATCH_SIZES = [8, 64, 512] as const;
const SIGNATURES = 4096;
const NOBLE_SIGNATURES = 200;
const ROUNDS = 3;

const signer = createSigner(defined(keyPair(new Uint8Array(32).fill(7)), 'a key').secret);
const checks: SignatureCheck[] = Array.from({ length: SIGNATURES }, (_, at) => {
  const digest = taggedHash('transaction', uint32Bytes(at));
  return { publicKey: signer.publicKey, digest, signature: signer.sign(digest) };
});

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function best(measure: () => number | Promise<number>): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) found.push(await measure());
  return Math.round(Math.min(...found) * 10) / 10;
}

function alone(verifier: Verifier, count: number): number {
  const before = cpuUs();
  for (const check of checks.slice(0, count)) {
    if (!verifier.verify(check)) throw new Error('a right signature');
  }
  return (cpuUs() - before) / count;
}

const verifier = createVerifier('auto');
const usPerSignature: Record<string, number> = {
  [verifier.backend]: await best(() => alone(verifier, SIGNATURES)),
  noble: await best(() => alone(createVerifier('noble'), NOBLE_SIGNATURES)),
};
/** As those of blocks are, whose signers a validator knows when it starts. */
const usPerKnownSigner = await best(() =>
  alone(createVerifier('auto', [signer.publicKey]), SIGNATURES),
);

const batches = workerBatches(1, verifier, (error) => {
  throw error;
});
const usByBatchSize: Record<string, number> = {};
for (const size of BATCH_SIZES) {
  usByBatchSize[size] = await best(async () => {
    const before = cpuUs();
    const under: Promise<unknown>[] = [];
    for (let from = 0; from < SIGNATURES; from += size) {
      under.push(batches.verify(checks.slice(from, from + size)));
      if (under.length >= batches.parallel) await under.shift();
    }
    await Promise.all(under);
    return (cpuUs() - before) / SIGNATURES;
  });
}
await batches.close();
const ratio = (usPerSignature.noble ?? 0) / (usPerSignature[verifier.backend] ?? 1);
console.log(
  JSON.stringify({
    backend: verifier.backend,
    usPerSignature,
    usPerKnownSigner,
    nobleOverBackend: Math.round(ratio * 10) / 10,
    usByBatchSize,
  }),
);
