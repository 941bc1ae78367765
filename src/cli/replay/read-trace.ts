import { RATES_END } from '../../replay/rates/rate-format.ts';
import { readTraceFile } from '../../replay/trace/trace-file.ts';
import { CommandError, EXIT } from '../exit-code.ts';

const HINT = `is it a trace of payments? "althing trace convert" makes one of a recording; one of rates ends in ${RATES_END}`;

/** Throws a CommandError that says what is wrong with it, and in which line unless it is all of it. */
export async function readTrace(file: string) {
  const read = await readTraceFile(file);
  if (read.ok) return read.value;
  const { line, detail } = read.error;
  const said = `${line === 0 ? file : `${file}:${line}`}: ${detail}`;
  throw new CommandError(EXIT.failed, line === 1 ? `${said}; ${HINT}` : said);
}
