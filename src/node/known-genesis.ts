import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LedgerId } from '../types/ids.ts';

/** What a start found out about a genesis file, beside what it rests on. */
type Known = { readonly sha256: string; readonly ledgerId: string; readonly seal: string };

const FILE = 'genesis-known.json';
const CHUNK_BYTES = 1_048_576;

/**
 * The ledger of a genesis file as a start before computed it from the same bytes; null: it has to be computed.
 * To compute it from ten million outputs takes a minute, to see that the bytes are the same a second.
 */
export function recallLedgerId(dataFolder: string, genesisFile: string): LedgerId | null {
  const known = readKnown(path.join(dataFolder, FILE));
  if (known === null || known.seal !== sealOf(known)) return null;
  return hashOf(genesisFile) === known.sha256 ? (known.ledgerId as LedgerId) : null;
}

/** For the next start. The data folder is ours. */
export function rememberLedgerId(dataFolder: string, genesisFile: string, id: LedgerId): void {
  const known = { sha256: hashOf(genesisFile), ledgerId: id };
  const text = JSON.stringify({ ...known, seal: sealOf(known) });
  writeFileSync(path.join(dataFolder, FILE), `${text}\n`);
}

/** null: there is none, or it is damaged; then the genesis file says all of it again. */
function readKnown(file: string): Known | null {
  try {
    const { sha256, ledgerId, seal } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Known>;
    return { sha256: String(sha256), ledgerId: String(ledgerId), seal: String(seal) };
  } catch {
    return null;
  }
}

/** Finds a damaged file, which would give the wrong ledger. */
function sealOf({ sha256, ledgerId }: Omit<Known, 'seal'>): string {
  return createHash('sha256').update(`${sha256} ${ledgerId}`).digest('hex');
}

function hashOf(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, size));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
