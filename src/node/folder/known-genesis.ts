import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LedgerId } from '../../types/ids.ts';
import { fileChunks } from './text-lines.ts';

/** What a start found out about a genesis file, beside what it rests on. */
type Known = { readonly sha256: string; readonly ledgerId: string; readonly seal: string };

const FILE = 'genesis-known.json';

/**
 * The ledger of a genesis file as a start before computed it from the same bytes; null: it has to be computed.
 * To compute it takes about three seconds for each million of outputs.
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

function hashOf(file: string): string {
  const hash = createHash('sha256');
  for (const chunk of fileChunks(file)) hash.update(chunk);
  return hash.digest('hex');
}
