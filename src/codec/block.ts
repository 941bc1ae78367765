import { taggedHash } from '../crypto/hash.ts';
import { SIGNATURE_BYTES } from '../crypto/secp256k1.ts';
import { err, type Result } from '../std/result.ts';
import type { Block, BlockHeader, BlockRef, Vote } from '../types/block.ts';
import type { Refusal, RefusalCode } from '../types/errors.ts';
import type { Digest } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Transaction } from '../types/transaction.ts';
import { listRoot } from './merkle-list.ts';
import { decode, type Reader } from './reader.ts';
import { readTransaction } from './transaction.ts';
import {
  REF_BYTES,
  readBlockPosition,
  readRef,
  readVotes,
  writeBlockPosition,
  writeRef,
  writeVotes,
} from './vote.ts';
import { Writer } from './writer.ts';

const VERSION = 1;
/** In a header: behind version, ledger, committee and lane. */
const GENERATION_AT = 1 + 32 + 4 + 2;
/** The least that a transaction takes: one input, one output, one key witness. */
const TRANSACTION_BYTES_MIN = 214;

export function encodeHeader(header: BlockHeader): Uint8Array {
  const writer = new Writer();
  writeHeader(writer, header);
  return writer.finish();
}

/** What the block's signature signs and what other blocks name. */
export function blockDigest(header: BlockHeader): Digest {
  return taggedHash('block', encodeHeader(header));
}

export function votesHash(votes: readonly Vote[]): Digest {
  return votes.length === 0 ? NO_VOTES : hashOfVotes(votes);
}

/** Most blocks have none. */
const NO_VOTES = hashOfVotes([]);

function hashOfVotes(votes: readonly Vote[]): Digest {
  const writer = new Writer();
  writeVotes(writer, votes);
  return taggedHash('votes', writer.finish());
}

/** What a header says of its block's body. */
export type Contents = Pick<BlockHeader, 'txCount' | 'txBytes' | 'txRoot' | 'votesHash'>;

export function contentsOf(txs: readonly Transaction[], votes: readonly Vote[]): Contents {
  let txBytes = 0;
  for (const tx of txs) txBytes += tx.bytes.length;
  const txRoot = listRoot(txs.map((tx) => tx.leaf));
  return { txCount: txs.length, txBytes, txRoot, votesHash: votesHash(votes) };
}

/** Header, signature, transactions, votes. */
export function encodeBlock(
  header: BlockHeader,
  signature: Uint8Array,
  txs: readonly Transaction[],
  votes: readonly Vote[],
): Uint8Array {
  const writer = new Writer();
  writeHeader(writer, header);
  writer.raw(signature);
  for (const tx of txs) writer.raw(tx.bytes);
  writeVotes(writer, votes);
  return writer.finish();
}

/**
 * Form, bounds, and that the header's counts, txRoot and votesHash are those of the body; each
 * transaction as `decodeTransaction` does. Signatures and lanes are not looked at (replica/ingress).
 */
export function inspectBlock(bytes: Uint8Array): Result<Block, Refusal> {
  const max = WIRE_LIMITS.blockBytesMax.value;
  if (bytes.length > max) return refuse('malformed', `${bytes.length} bytes, at most ${max}`);
  const decoded = decode(bytes, readBlock);
  if (!decoded.ok) {
    const { code, detail } = decoded.error;
    const ofForm = code === 'malformed' || code === 'too-large';
    return refuse(ofForm ? 'malformed' : 'bad-transaction', detail);
  }
  const { header, txs, votes } = decoded.value;
  const contents = contentsOf(txs, votes);
  if (contents.txBytes !== header.txBytes) return refuse('malformed', 'txBytes');
  if (contents.txRoot !== header.txRoot) return refuse('bad-root', 'txRoot');
  if (contents.votesHash !== header.votesHash) return refuse('bad-root', 'votesHash');
  return decoded;
}

/** The generation of an encoded block that was inspected once. */
export function generationOf(block: Uint8Array): number {
  return new DataView(block.buffer, block.byteOffset).getUint32(GENERATION_AT);
}

/** The same for bytes that are known to be right, or are not a peer's. */
export function decodeBlock(bytes: Uint8Array): Result<Block, string> {
  const inspected = inspectBlock(bytes);
  if (inspected.ok) return inspected;
  return err(`${inspected.error.code}: ${inspected.error.detail}`);
}

function refuse(code: RefusalCode, detail: string): Result<never, Refusal> {
  return err({ code, detail });
}

function writeHeader(writer: Writer, header: BlockHeader): void {
  writer.u8(VERSION);
  writer.digest(header.ledgerId);
  writer.u32(header.committee);
  writeBlockPosition(writer, header);
  writer.digest(header.prev);
  writer.u32(header.epoch);
  writer.u48(header.timeMs);
  writer.u8(header.refs.length);
  for (const ref of header.refs) writeRef(writer, ref);
  writer.u16(header.txCount);
  writer.u32(header.txBytes);
  writer.digest(header.txRoot);
  writer.digest(header.votesHash);
}

function readHeader(reader: Reader): BlockHeader {
  if (reader.u8() !== VERSION) reader.fail('block version');
  const ledgerId = reader.digest();
  const committee = reader.u32();
  if (committee !== 0) reader.fail(`committee ${committee}`);
  const { lane, generation, seq } = readBlockPosition(reader);
  return {
    ledgerId,
    committee,
    lane,
    generation,
    seq,
    prev: reader.digest(),
    epoch: reader.u32(),
    timeMs: reader.u48(),
    refs: readRefs(reader, lane),
    txCount: reader.u16(),
    txBytes: reader.u32(),
    txRoot: reader.digest(),
    votesHash: reader.digest(),
  };
}

function readRefs(reader: Reader, own: number): BlockRef[] {
  const max = WIRE_LIMITS.committeeMax.value - 1;
  const count = reader.count(reader.u8(), max, REF_BYTES, 'refs');
  const refs: BlockRef[] = [];
  let before = -1;
  for (let i = 0; i < count; i++) {
    const ref = readRef(reader);
    if (ref.lane <= before) reader.fail('refs are not ascending by lane');
    if (ref.lane === own) reader.fail('a ref to the own lane');
    before = ref.lane;
    refs.push(ref);
  }
  return refs;
}

function readBlock(reader: Reader): Block {
  const header = readHeader(reader);
  const digest = taggedHash('block', reader.since(0));
  const signature = reader.raw(SIGNATURE_BYTES);
  const { value: max } = WIRE_LIMITS.blockTxsMax;
  reader.count(header.txCount, max, TRANSACTION_BYTES_MIN, 'transactions');
  const txs: Transaction[] = [];
  for (let i = 0; i < header.txCount; i++) txs.push(readTransaction(reader));
  const votes = readVotes(reader);
  return { header, digest, signature, txs, votes, bytes: reader.bytes };
}
