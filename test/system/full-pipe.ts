import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './temporary-folder.ts';

/** A pipe by name that has no room left, and both its ends; none of them waits. */
export function fullPipe(t: TestContext): { file: string; read: number; write: number } {
  const file = path.join(temporaryFolder(t), 'pipe');
  execFileSync('mkfifo', [file]);
  const read = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
  t.after(() => {
    closeSync(read);
    closeSync(write);
  });
  try {
    for (;;) writeSync(write, 'x');
  } catch {
    return { file, read, write };
  }
}
