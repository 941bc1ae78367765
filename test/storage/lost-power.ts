import { fstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { devNull } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/**
 * Watches what is synced of a folder, and can tell what a power cut would leave of it at the least: files whose
 * name was in the folder when it was synced last, with the bytes that they had when they were. Names that were
 * removed are gone. Not of files that are written by native code.
 */
export class LostPower {
  readonly #folder: string;
  #names = new Set<string>();
  readonly #contents = new Map<string, Buffer>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async over(t: TestContext, folder: string): Promise<LostPower> {
    const watched = new LostPower(folder);
    const any = await open(devNull);
    await any.close();
    const methods = Object.getPrototypeOf(any) as FileHandle;
    const { sync } = methods;
    t.mock.method(methods, 'sync', async function (this: FileHandle) {
      await sync.call(this);
      watched.#synced(fstatSync(this.fd).ino);
    });
    return watched;
  }

  /** Puts it to another folder, those files that are wanted. */
  leave(copy: string, isWanted: (name: string) => boolean = () => true): void {
    for (const name of readdirSync(this.#folder)) {
      if (!this.#names.has(name) || !isWanted(name)) continue;
      writeFileSync(path.join(copy, name), this.#contents.get(name) ?? Buffer.alloc(0));
    }
  }

  #synced(file: number): void {
    const names = readdirSync(this.#folder);
    if (statSync(this.#folder).ino === file) this.#names = new Set(names);
    for (const name of names) {
      const place = path.join(this.#folder, name);
      if (statSync(place).ino === file) this.#contents.set(name, readFileSync(place));
    }
  }
}
