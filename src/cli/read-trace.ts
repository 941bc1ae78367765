import { readTraceFile } from '../replay/trace-file.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** Throws a CommandError that says what is wrong with it, and in which line unless it is all of it. */
export async function readTrace(file: string) {
  const read = await readTraceFile(file);
  if (read.ok) return read.value;
  const { line, detail } = read.error;
  throw new CommandError(EXIT.failed, `${line === 0 ? file : `${file}:${line}`}: ${detail}`);
}
