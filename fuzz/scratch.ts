import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where a target puts the files that it makes of an input. */
export class Scratch {
  #base: string | null = null;

  /** A folder with nothing in it, the same each time. */
  empty(): string {
    this.#base ??= mkdtempSync(path.join(tmpdir(), 'althing-fuzz-'));
    const folder = path.join(this.#base, 'data');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return folder;
  }

  async close(): Promise<void> {
    if (this.#base !== null) rmSync(this.#base, { recursive: true, force: true });
    this.#base = null;
  }
}
