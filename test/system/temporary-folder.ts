import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that goes away with a test, or with the suite whose `after` it is given. */
export function temporaryFolder(scope: { after(remove: () => void): void }): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'althing-test-'));
  scope.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
