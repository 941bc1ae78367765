import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { decodeBlock } from '../../codec/block.ts';
import type { Replica } from '../../replica/replica.ts';
import { describe, halt, StorageFault } from '../../storage/fault.ts';
import { replaceFile } from '../../storage/replace-file.ts';
import { seal, unseal } from '../../storage/seal.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId, LedgerId } from '../../types/ids.ts';
import type { Log } from '../log/logger.ts';
import { ReplicaHalt } from '../loop/driver.ts';

/**
 * The own block that a journal lacks and a peer showed, sealed, in a file of the data folder: the halt outlives the
 * process, also when whoever showed it is away at the next start (docs/adr/0007).
 */
export async function keepUnknownBlock(file: string, cause: unknown, log: Log): Promise<void> {
  if (!(cause instanceof ReplicaHalt) || cause.ownBlock === null) return;
  try {
    await replaceFile(file, seal(cause.ownBlock));
  } catch (fault) {
    const fields = { file, fault: describe(fault) };
    log.error(fields, 'the block is not kept: only peers that hold it can stop the next start');
  }
}

type Owner = { readonly ledgerId: LedgerId; readonly lane: LaneId | null };

/** After the journal is replayed. Throws the halt again; the file goes once nothing can be signed beside its block. */
export async function refuseUnknownBlock(
  file: string,
  owner: Owner,
  replica: Pick<Replica, 'knows' | 'oldest'>,
): Promise<void> {
  if (!existsSync(file)) return;
  const block = await read(file, owner);
  if (block === null) {
    const what = `${file} says that this folder is an old copy, and is not as it was written`;
    const detail = `${what}: put the newest folder in the place of all of this one`;
    throw new StorageFault(halt('own-signature-unknown', detail));
  }
  const { seq, generation } = block.header;
  if (!replica.knows(block) && generation >= replica.oldest) {
    const what = `block ${seq} of the own lane in generation ${generation}, which halted this folder before`;
    const detail = `${what}, is not in its journal: bring back the newest folder (${file} has the block)`;
    throw new StorageFault(halt('own-signature-unknown', detail));
  }
  await rm(file);
}

/** null: not as it was written, or of another validator. */
async function read(file: string, { ledgerId, lane }: Owner): Promise<Block | null> {
  const bytes = unseal(await readFile(file).catch(() => new Uint8Array()));
  const block = bytes === null ? null : decodeBlock(bytes);
  if (block?.ok !== true) return null;
  const { header } = block.value;
  return header.ledgerId === ledgerId && header.lane === lane ? block.value : null;
}
