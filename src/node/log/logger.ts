import { type Logger, pino, stdTimeFunctions } from 'pino';
import { LogLines, openForLines, standardOutput } from './log-lines.ts';

export type Log = Logger;

/** JSON lines to the file, or to standard output; readable there when a person is watching. */
export async function createLogger(level: string, file: string): Promise<Log> {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (file !== '') return pino(options, new LogLines(openForLines(file)));
  if (!process.stdout.isTTY) return pino(options, new LogLines(standardOutput()));
  // By its default: in the bundle, whose chunk it becomes, a CommonJS package has no other export.
  const { default: pretty } = await import('pino-pretty');
  return pino(
    options,
    new LogLines(standardOutput(), pretty.prettyFactory({ translateTime: 'HH:MM:ss.l' })),
  );
}

/** For tests and commands that say everything themselves. */
export function silentLogger(): Log {
  return pino({ level: 'silent' });
}
