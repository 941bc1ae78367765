import { readFileSync } from 'node:fs';

/**
 * The JSON value of a file that people may have saved, 0 being standard input: a byte order mark before it is no
 * part of it. Throws for what is not UTF-8.
 */
export function readJsonFile(place: string | 0): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(place)));
}
