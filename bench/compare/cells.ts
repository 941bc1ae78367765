import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cell, Fault } from './result.ts';

const TRACES = fileURLToPath(new URL('../../../traces/rates/', import.meta.url));
/** What is compared when nobody says what: an even load, and a burst of real trades. */
export const CELLS_BY_DEFAULT = ['steady-100:1:0:15', 'nasdaq:0.02:0:20'] as const;

/** A command line that cannot be meant. */
export class WrongUsage extends Error {}

/** Of those that come with the repository by name, of any other the path. */
export function rateFile(trace: string): string {
  const named = path.join(TRACES, `${trace}.rate.json`);
  return existsSync(named) ? named : trace;
}

/** `trace:scale[:from:seconds[:fault]]`. Throws WrongUsage: what is wrong is said before anything starts. */
export function parseCell(text: string, committee: number): Cell {
  const [trace = '', scale = '1', from = '0', seconds = '30', fault = 'none'] = text.split(':');
  if (!existsSync(rateFile(trace))) refuse(text, `there is no trace "${trace}" in ${TRACES}`);
  if (!isFault(fault)) return refuse(text, `the fault is none or crash, not "${fault}"`);
  const numbers = { scale: Number(scale), from: Number(from), seconds: Number(seconds) };
  if (!(numbers.scale > 0)) refuse(text, 'the scale is a number above 0');
  if (!(numbers.from >= 0)) refuse(text, 'it begins at a second of the trace, 0 or later');
  if (!(numbers.seconds > 0)) refuse(text, 'it lasts for some seconds');
  const validators = committee + (fault === 'crash' ? 1 : 0);
  return { trace, ...numbers, fault, validators };
}

function isFault(text: string): text is Fault {
  return text === 'none' || text === 'crash';
}

function refuse(text: string, why: string): never {
  throw new WrongUsage(`"${text}" is no cell: ${why}`);
}
