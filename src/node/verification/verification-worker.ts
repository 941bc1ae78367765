import { parentPort, workerData } from 'node:worker_threads';
import { createVerifier } from '../../crypto/verify.ts';
import { assert } from '../../std/assert.ts';
import { verifyPacked } from './signature-batch.ts';

/** Thread entry: answers each packed batch with its verdicts, in order. */
const verifier = createVerifier(workerData.backend);
assert(verifier.backend === workerData.backend, 'every thread verifies by the same backend');
parentPort?.on('message', (packed: Uint8Array) => {
  const verdicts = verifyPacked(packed, verifier);
  parentPort?.postMessage(verdicts, [verdicts.buffer]);
});
