import { SIGNATURE_BYTES } from '../crypto/secp256k1.ts';
import { unreachable } from '../std/assert.ts';
import type { BlockRef, Vote } from '../types/block.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const KINDS = [
  'propose',
  'prepare',
  'commit',
  'viewchange',
  'checkpoint',
  'checked',
  'end',
] as const;
/** kind, epoch: the least that a vote takes. */
const VOTE_BYTES = 5;

/** The votes in their order, which has a meaning: count and each vote. */
export function writeVotes(writer: Writer, votes: readonly Vote[]): void {
  writer.u8(votes.length);
  for (const vote of votes) writeVote(writer, vote);
}

export function readVotes(reader: Reader): Vote[] {
  const count = reader.count(reader.u8(), WIRE_LIMITS.votesMax.value, VOTE_BYTES, 'votes');
  const votes: Vote[] = [];
  for (let i = 0; i < count; i++) votes.push(readVote(reader));
  return votes;
}

export const REF_BYTES = 42;

export function writeRef(writer: Writer, ref: BlockRef): void {
  writeBlockPosition(writer, ref);
  writer.digest(ref.digest);
}

export function readRef(reader: Reader): BlockRef {
  const { lane, generation, seq } = readBlockPosition(reader);
  return { lane, generation, seq, digest: reader.digest() };
}

/** Where a block stands, in its own header and in what names it. */
type BlockPosition = Omit<BlockRef, 'digest'>;

export function writeBlockPosition(writer: Writer, position: BlockPosition): void {
  writer.u16(position.lane);
  writer.u32(position.generation);
  writer.u32(position.seq);
}

export function readBlockPosition(reader: Reader): BlockPosition {
  const lane = reader.u16();
  if (lane >= WIRE_LIMITS.committeeMax.value) reader.fail(`lane ${lane}`);
  const generation = reader.u32();
  const seq = reader.u32();
  if (seq === 0) reader.fail('seq 0');
  return { lane, generation, seq };
}

function writeVote(writer: Writer, vote: Vote): void {
  writer.u8(KINDS.indexOf(vote.kind));
  if (vote.kind === 'checked') {
    writer.u16(vote.lane);
    writer.u32(vote.seq);
    return;
  }
  writer.u32(vote.epoch);
  switch (vote.kind) {
    case 'propose':
    case 'viewchange':
      writer.u32(vote.view);
      return;
    case 'prepare':
    case 'commit':
      writer.u32(vote.view);
      writeRef(writer, vote.block);
      return;
    case 'checkpoint':
      writer.digest(vote.checkpoint);
      writer.raw(vote.signature);
      return;
    case 'end':
      return;
    default:
      unreachable(vote);
  }
}

function readVote(reader: Reader): Vote {
  const kind = KINDS[reader.u8()];
  if (kind === 'checked') return readChecked(reader);
  const epoch = reader.u32();
  if (epoch === 0) reader.fail('a vote for epoch 0');
  switch (kind) {
    case 'propose':
    case 'viewchange':
      return { kind, epoch, view: reader.u32() };
    case 'prepare':
    case 'commit':
      return { kind, epoch, view: reader.u32(), block: readRef(reader) };
    case 'checkpoint':
      return {
        kind,
        epoch,
        checkpoint: reader.digest(),
        signature: reader.raw(SIGNATURE_BYTES),
      };
    case 'end':
      return { kind, epoch };
    case undefined:
      return reader.fail('unknown kind of vote');
    default:
      return unreachable(kind);
  }
}

function readChecked(reader: Reader): Vote {
  const lane = reader.u16();
  if (lane >= WIRE_LIMITS.committeeMax.value) reader.fail(`lane ${lane}`);
  const seq = reader.u32();
  if (seq === 0) reader.fail('seq 0');
  return { kind: 'checked', lane, seq };
}
