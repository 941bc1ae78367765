import { readFileSync } from 'node:fs';
import { type Attribution, attribute, type CpuProfile } from './attribute.ts';

/** Reads a profile that V8 wrote and says whose time it is. */
export function profileOf(file: string): Attribution {
  return attribute(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile);
}
