import { createHash } from 'node:crypto';
import { readProjectFile } from '../project/files.ts';

/* What docs/CLIENTS.md says, and nothing of the program: who reads only the page gets the same bytes. */

const sha = (...parts: readonly Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

export const H = (name: string, ...parts: readonly Uint8Array[]) =>
  sha(sha(Buffer.from(`althing/1/${name}`)), ...parts);

export const hex = (text: string) => Buffer.from(text, 'hex');

export const uint = (value: bigint | number, bytes: number) =>
  hex(value.toString(16).padStart(2 * bytes, '0'));

/** What stands between the fences of the example: first its lines, then its proof. */
const [lines = '', proof = ''] = fencesOf('Example');

/** The words of each line of this name. */
export const given = (name: string): string[][] =>
  lines
    .trim()
    .split('\n')
    .filter((line) => line.slice(0, 12).trim() === name)
    .map((line) => line.slice(12).split(' '));

export const one = (name: string): string => given(name)[0]?.[0] ?? '';

export const exampleProof: unknown = JSON.parse(proof);

function fencesOf(section: string): string[] {
  const text = readProjectFile('docs/CLIENTS.md').split(`## ${section}\n`)[1] ?? '';
  return Array.from(text.matchAll(/```\w*\n([\s\S]*?)```/g), ([, content = '']) => content);
}
