import { Worker } from 'node:worker_threads';
import type { SignatureCheck, Verifier } from '../../replica/ports.ts';
import { Fifo } from '../../std/fifo.ts';
import { isWellFormed, packChecks } from './signature-batch.ts';

/** Verifies a few dozen signatures at a time without holding up the event loop for long. */
export interface BatchVerifier {
  /** Batches that may be under way at once. */
  readonly parallel: number;
  /** One verdict per check, in order. Never rejects. */
  verify(checks: readonly SignatureCheck[]): Promise<readonly boolean[]>;
  close(): Promise<void>;
}

/** Verifies in this thread, one batch per turn of the event loop. */
export function inlineBatches(verifier: Verifier): BatchVerifier {
  return {
    parallel: 1,
    verify: (checks) =>
      new Promise((done) => {
        setImmediate(() => done(checks.map((check) => verifier.verify(check))));
      }),
    close: async () => {},
  };
}

/**
 * Up to so many checks are verified here, while no thread is at work: about half a millisecond. Waking a
 * thread for a few costs more than it saves.
 */
const HERE_CHECKS_MAX: Readonly<Record<string, number>> = { native: 16, noble: 1 };
/**
 * Threads are started once so many were verified here: that takes as long as to start one, which a start, when
 * payments wait for it, should not have to do.
 */
const ALONE_CHECKS_MAX: Readonly<Record<string, number>> = { native: 1024, noble: 0 };
/** Batches per worker: one being verified and one on its way. */
const BATCHES_PER_WORKER = 2;

type Pending = {
  readonly checks: readonly SignatureCheck[];
  readonly done: (verdicts: readonly boolean[]) => void;
};
type Thread = { readonly worker: Worker; readonly pending: Fifo<Pending> };

/**
 * Verifies in `count` worker threads. `onFailure` is called when one of them dies, which only a bug or
 * exhausted memory can cause: the caller must stop the process.
 */
export function workerBatches(
  count: number,
  verifier: Verifier,
  onFailure: (error: Error) => void,
): BatchVerifier {
  const { backend } = verifier;
  const hereMax = HERE_CHECKS_MAX[backend] ?? 0;
  const inline = inlineBatches(verifier);
  const threads: Thread[] = [];
  let closing = false;
  let alone = ALONE_CHECKS_MAX[backend] ?? 0;
  const take = (checks: number): void => {
    alone -= checks;
    while (alone <= 0 && threads.length < count) {
      threads.push(startThread(backend, (error) => closing || onFailure(error)));
    }
  };
  take(0);
  return {
    parallel: count * BATCHES_PER_WORKER,
    verify(checks) {
      if (threads.length < count) take(checks.length);
      const idle = threads.every((thread) => thread.pending.length === 0);
      if (idle && checks.length <= hereMax) {
        return Promise.resolve(checks.map((check) => verifier.verify(check)));
      }
      return threads.length === 0 ? inline.verify(checks) : verifyIn(leastBusy(threads), checks);
    },
    async close() {
      closing = true;
      await Promise.all(threads.map((thread) => thread.worker.terminate()));
    },
  };
}

function startThread(backend: string, onFailure: (error: Error) => void): Thread {
  const worker = new Worker(new URL('./verification-worker.js', import.meta.url), {
    workerData: { backend },
  });
  const pending = new Fifo<Pending>();
  worker.on('message', (verdicts: Uint8Array) => {
    const job = pending.shift();
    if (job === undefined) return;
    let at = 0;
    job.done(job.checks.map((check) => isWellFormed(check) && verdicts[at++] === 1));
  });
  worker.on('error', onFailure);
  worker.on('exit', (code) => onFailure(new Error(`verification worker exited with code ${code}`)));
  return { worker, pending };
}

function verifyIn(thread: Thread, checks: readonly SignatureCheck[]): Promise<readonly boolean[]> {
  const packed = packChecks(checks.filter(isWellFormed));
  thread.worker.postMessage(packed, [packed.buffer]);
  return new Promise((done) => thread.pending.push({ checks, done }));
}

function leastBusy(threads: readonly Thread[]): Thread {
  return threads.reduce((best, thread) =>
    thread.pending.length < best.pending.length ? thread : best,
  );
}
