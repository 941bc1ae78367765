import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Prng } from '../../src/std/prng.ts';
import type { Stop } from '../cluster/orders.ts';

/** What happens to the folder between the end of the process and its next start. */
export const DAMAGES = ['kill', 'torn', 'flip', 'rollback'] as const;
export type Damage = (typeof DAMAGES)[number];

const SECTOR_BYTES = 512;

/**
 * Cuts off, or leaves as zeros from a sector on, a part of what had been written and not synced. false:
 * there is nothing of that kind. A sector is written whole or not at all.
 */
export function tear({ segment, durableBytes }: Stop, random: Prng): boolean {
  if (segment === null || !existsSync(segment)) return false;
  const { size } = statSync(segment);
  if (size <= durableBytes) return false;
  const at = random.between(durableBytes, size - 1);
  const sector = Math.ceil(at / SECTOR_BYTES) * SECTOR_BYTES;
  // Metadata had reached the disk, data had not.
  const isZeroed = random.chance(0.5) && sector < size;
  truncateSync(segment, isZeroed ? sector : at);
  if (isZeroed) truncateSync(segment, size);
  return true;
}

/**
 * Flips one bit below the folder: a third of the time each in the journal, in the savepoint and anywhere. The first two
 * are what a start reads; most of the rest it makes anew. Returns where.
 */
export function flipBit(folder: string, random: Prng): string | null {
  const files = filesBelow(folder).filter((file) => statSync(file).size > 0);
  const journal = files.filter((file) => file.endsWith('.segment'));
  const savepoint = files.filter((file) => path.basename(path.dirname(file)) === 'savepoint');
  const aims = [journal, savepoint, files].filter((aim) => aim.length > 0);
  if (aims.length === 0) return null;
  const file = random.pick(random.pick(aims));
  const at = random.below(statSync(file).size);
  const fd = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ (1 << random.below(8));
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
  return `${path.relative(folder, file)} byte ${at}`;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    })
    .sort();
}

export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}
