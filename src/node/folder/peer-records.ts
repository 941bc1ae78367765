import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fromHex, toHex } from '../../codec/hex.ts';
import type { Log } from '../log/logger.ts';

/**
 * What members said where they are, kept for the next start: after a change of addresses it may be all
 * that leads back to the others. Membership checks each record as if a peer had sent it.
 */
export function loadPeerRecords(file: string): Uint8Array[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line) => (line === '' ? [] : (fromHex(line) ?? [])));
  } catch {
    return [];
  }
}

/** Never fails: without the file a node finds the others by its bootstrap addresses. */
export function savePeerRecords(file: string, records: readonly Uint8Array[], log: Log): void {
  try {
    writeFileSync(`${file}.new`, `${records.map(toHex).join('\n')}\n`);
    renameSync(`${file}.new`, file);
  } catch (cause) {
    log.warn({ file, err: cause }, 'peer records are not kept');
  }
}
