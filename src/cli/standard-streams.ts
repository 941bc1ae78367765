import type { Writable } from 'node:stream';
import { EXIT } from './exit-code.ts';

/** How long somebody may take to read what was said beside the answer. */
const COMPLAINT_MS = 1000;

/**
 * Resolves when all that was said is out, or cannot be said any more. To leave the process before drops what a
 * pipe has not taken yet: one of Linux takes 64 KiB. An answer waits for its reader; a validator that has halted does
 * not, or nobody would learn from its end that it has.
 */
export async function flushStandardStreams(): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, COMPLAINT_MS));
  await Promise.all([flushed(process.stdout), Promise.race([flushed(process.stderr), late])]);
}

/**
 * Ends the process as `SIGPIPE` ends others, without a word, when nobody reads its answer any more: `| head`. What is
 * said beside the answer may be unheard: a validator goes on when the terminal of who started it is gone.
 */
export function leaveWhenUnheard(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.unheard);
  });
}

function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
