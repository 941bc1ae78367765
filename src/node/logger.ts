import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

export type Log = Logger;

/** JSON lines to the file, or to standard output; readable there when a person is watching. */
export function createLogger(level: string, file: string): Log {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (file !== '') return pino(options, destination({ dest: file, append: true, sync: true }));
  if (!process.stdout.isTTY) return pino(options, destination({ dest: 1, sync: true }));
  return pino(options, pretty({ sync: true, translateTime: 'HH:MM:ss.l' }));
}

/** For tests and commands that say everything themselves. */
export function silentLogger(): Log {
  return pino({ level: 'silent' });
}
