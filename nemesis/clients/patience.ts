import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError } from '../../src/client/althing-error.ts';

const TRIES = 120;
const PAUSE_MS = 500;

/**
 * Asks again when no answer came, for a minute at least. For what the run itself wants to know, whoever
 * was or was not there just then: calls of the clients under test are never repeated unrecorded.
 */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (cause) {
      const isNoAnswer = cause instanceof AlthingError && cause.code === 'unreachable';
      if (!isNoAnswer || tries === TRIES) throw cause;
      await sleep(PAUSE_MS);
    }
  }
}
