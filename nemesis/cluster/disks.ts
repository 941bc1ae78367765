import { existsSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { attempt, run } from './shell.ts';

const DISK_BYTES = 268_435_456;
const BALLAST = 'ballast';

/** Can this process make and mount file systems? */
export function hasLoopDisks(folder: string): boolean {
  const disk = new Disk(path.join(folder, 'try.img'), path.join(folder, 'try'));
  try {
    disk.mount();
    return true;
  } catch {
    return false;
  } finally {
    disk.close();
  }
}

/** A small ext4 of its own, in a file, below one validator's data. */
export class Disk {
  readonly #image: string;
  readonly #place: string;

  constructor(image: string, place: string) {
    this.#image = image;
    this.#place = place;
  }

  /** Makes it if there is none yet. */
  mount(): void {
    if (!existsSync(this.#image)) {
      run('truncate', '-s', String(DISK_BYTES), this.#image);
      run('mkfs.ext4', '-q', '-F', '-m', '0', this.#image);
    }
    mkdirSync(this.#place, { recursive: true });
    run('mount', '-o', 'loop', this.#image, this.#place);
  }

  /** Takes all free space but so many bytes. */
  fill(leftBytes: number): void {
    const { bavail, bsize } = statfsSync(this.#place);
    const bytes = Math.max(bsize, bavail * bsize - leftBytes);
    attempt('fallocate', '-l', String(bytes), path.join(this.#place, BALLAST));
  }

  free(): void {
    rmSync(path.join(this.#place, BALLAST), { force: true });
  }

  /** From now on every write and sync fails with EROFS, in files that are open as well. */
  abort(): void {
    run('mount', '-o', 'remount,abort', this.#place);
  }

  /** After `abort`, and nobody uses it: as a machine does that is started again. */
  repair(): void {
    run('umount', this.#place);
    attempt('fsck.ext4', '-p', this.#image);
    this.mount();
  }

  /** Read only from the beginning; nobody may have a file of it open. */
  setReadOnly(isReadOnly: boolean): void {
    run('mount', '-o', isReadOnly ? 'remount,ro' : 'remount,rw', this.#place);
  }

  close(): void {
    attempt('umount', '-l', this.#place);
    rmSync(this.#image, { force: true });
  }
}
