import { parentPort, workerData } from 'node:worker_threads';
import { createVerifier } from '../crypto/verify.ts';
import { verifyPacked } from './signature-batch.ts';

/** Thread entry: answers each packed batch with its verdicts, in order. */
const verifier = createVerifier(workerData.backend);
parentPort?.on('message', (packed: Uint8Array) => {
  const verdicts = verifyPacked(packed, verifier);
  parentPort?.postMessage(verdicts, [verdicts.buffer]);
});
