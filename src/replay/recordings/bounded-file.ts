import { readFile, stat } from 'node:fs/promises';
import { err, ok, type Result } from '../../std/result.ts';

/** Reads a whole file. Errors, which name it: it is larger than `bytesMax`, or cannot be read. */
export async function readBounded(path: string, bytesMax: number): Promise<Result<Buffer, string>> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) return err(`${path}: ${size} bytes are too much`);
    return ok(await readFile(path));
  } catch (error) {
    return err(`${path}: ${(error as Error).message}`);
  }
}
