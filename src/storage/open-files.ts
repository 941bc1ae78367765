import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { STORAGE_LIMITS } from '../types/limits.ts';

/** Descriptors of files that are read at random, a bounded number of them open at a time. */
export class OpenFiles {
  readonly #open = new Map<string, number>();

  /** Of the whole file. Throws the system's error. */
  bytes(path: string): number {
    return fstatSync(this.#descriptor(path)).size;
  }

  /** Throws the system's error, or one that says that the file is too short. */
  read(path: string, start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(end - start);
    const fd = this.#descriptor(path);
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(fd, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw new Error(`${path} ends before byte ${end}`);
      done += count;
    }
    return bytes;
  }

  /** The file is about to be removed. */
  forget(path: string): void {
    const fd = this.#open.get(path);
    if (fd === undefined) return;
    this.#open.delete(path);
    closeSync(fd);
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #descriptor(path: string): number {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const fd = openSync(path, 'r');
    this.#open.set(path, fd);
    if (this.#open.size > STORAGE_LIMITS.openFilesMax.value) this.#closeOldest();
    return fd;
  }

  #closeOldest(): void {
    for (const [path, fd] of this.#open) {
      this.#open.delete(path);
      closeSync(fd);
      return;
    }
  }
}
