import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

/** JSON lines to the file, or to standard output; readable there when a person is watching. */
export async function createLogger(level: string, file: string): Promise<Log> {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (file !== '') return pino(options, lossy(file));
  if (!process.stdout.isTTY) return pino(options, lossy(1));
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ sync: true, translateTime: 'HH:MM:ss.l' }));
}

/** Bytes of lines that are kept while they cannot be written; further ones are dropped. */
const UNWRITTEN_BYTES_MAX = 1_048_576;

/** A log that cannot be written, on a full disk for instance, is no reason for a validator to stop. */
function lossy(dest: string | number): ReturnType<typeof destination> {
  const lines = destination({ dest, append: true, sync: true, maxLength: UNWRITTEN_BYTES_MAX });
  lines.on('error', () => undefined);
  return lines;
}

/** For tests and commands that say everything themselves. */
export function silentLogger(): Log {
  return pino({ level: 'silent' });
}
