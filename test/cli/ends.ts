import assert from 'node:assert/strict';
import { althing, type Ended } from '../cluster/processes.ts';

/** Runs the command line to its end, which has this code and complains like this. */
export async function ends(code: number, complaint: RegExp, ...args: string[]): Promise<Ended> {
  const end = await althing(...args);
  assert.equal(end.code, code, `${args.join(' ')}: ${end.err}`);
  assert.match(end.err, complaint);
  return end;
}
