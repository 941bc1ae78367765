import { unreachable } from '../std/assert.ts';
import { err, type Result } from '../std/result.ts';
import type { Digest, Seq, TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { PeerMessage } from '../types/message.ts';
import { decodeOrDetail, type Reader } from './reader.ts';
import { Writer } from './writer.ts';

const KINDS = [
  'block',
  'heads',
  'want',
  'transactions',
  'decided',
  'gone',
  'state',
  'page',
] as const;

/** One message between validators, without the frame's length. */
export function encodeMessage(message: PeerMessage): Uint8Array {
  if (message.kind === 'block') return encodeBlockMessage(message.bytes);
  const writer = new Writer();
  writer.u8(KINDS.indexOf(message.kind));
  switch (message.kind) {
    case 'heads':
      writer.u32(message.generation);
      writeFrontier(writer, message.frontier);
      // A block is never empty: no bytes stand for none.
      if (message.yours !== null) writer.raw(message.yours);
      break;
    case 'want':
      writer.u32(message.generation);
      writeFrontier(writer, message.frontier);
      writeDigests(writer, message.digests);
      break;
    case 'decided':
      writer.u32(message.generation);
      writeDigests(writer, message.commits);
      break;
    case 'gone':
      writer.u32(message.generation);
      writer.raw(message.certificate);
      break;
    case 'state':
      writer.u32(message.epoch);
      writeOptional(writer, message.after);
      break;
    case 'page':
      writer.u32(message.epoch);
      writeOptional(writer, message.after);
      writeOptional(writer, message.next);
      writer.raw(message.bytes);
      break;
    case 'transactions':
      writer.u16(message.txs.length);
      for (const tx of message.txs) {
        writer.u32(tx.length);
        writer.raw(tx);
      }
      break;
    default:
      unreachable(message);
  }
  return writer.finish();
}

/** Nearly all bytes on the wire are these: copied once. */
function encodeBlockMessage(block: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + block.length);
  bytes[0] = KINDS.indexOf('block');
  bytes.set(block, 1);
  return bytes;
}

/** Form and bounds of the envelope; the blocks and transactions inside stay undecoded views. */
export function decodeMessage(bytes: Uint8Array): Result<PeerMessage, string> {
  const max = WIRE_LIMITS.frameBytesMax.value;
  if (bytes.length > max) return err(`${bytes.length} bytes, at most ${max}`);
  return decodeOrDetail(bytes, readMessage);
}

function readMessage(reader: Reader): PeerMessage {
  const kind = KINDS[reader.u8()];
  switch (kind) {
    case 'block':
      return { kind, bytes: readBlockBytes(reader) };
    case 'heads':
      return {
        kind,
        generation: reader.u32(),
        frontier: readFrontier(reader),
        yours: reader.left === 0 ? null : readBlockBytes(reader),
      };
    case 'want':
      return {
        kind,
        generation: reader.u32(),
        frontier: readFrontier(reader),
        digests: readDigests(reader, WIRE_LIMITS.wantDigestsMax.value),
      };
    case 'decided':
      return {
        kind,
        generation: reader.u32(),
        commits: readDigests(reader, WIRE_LIMITS.committeeMax.value),
      };
    case 'gone':
      return { kind, generation: reader.u32(), certificate: reader.rest() };
    case 'state':
      return { kind, epoch: reader.u32(), after: readOptional(reader) };
    case 'page':
      return {
        kind,
        epoch: reader.u32(),
        after: readOptional(reader),
        next: readOptional(reader),
        bytes: reader.rest(),
      };
    case 'transactions':
      return { kind, txs: readTransactions(reader) };
    case undefined:
      return reader.fail('unknown kind of message');
    default:
      return unreachable(kind);
  }
}

function readBlockBytes(reader: Reader): Uint8Array {
  if (reader.left === 0) reader.fail('no block');
  if (reader.left > WIRE_LIMITS.blockBytesMax.value) reader.fail('the block is too large');
  return reader.rest();
}

function writeOptional(writer: Writer, txid: TxId | null): void {
  writer.u8(txid === null ? 0 : 1);
  if (txid !== null) writer.digest(txid);
}

function readOptional(reader: Reader): TxId | null {
  const isThere = reader.u8();
  if (isThere > 1) reader.fail('neither there nor not');
  return isThere === 0 ? null : (reader.digest() as string as TxId);
}

function writeFrontier(writer: Writer, frontier: readonly Seq[]): void {
  writer.u8(frontier.length);
  for (const seq of frontier) writer.u32(seq);
}

function readFrontier(reader: Reader): Seq[] {
  const max = WIRE_LIMITS.committeeMax.value;
  const count = reader.count(reader.u8(), max, 4, 'lanes');
  const frontier: Seq[] = [];
  for (let i = 0; i < count; i++) frontier.push(reader.u32());
  return frontier;
}

function writeDigests(writer: Writer, digests: readonly Digest[]): void {
  writer.u16(digests.length);
  for (const digest of digests) writer.digest(digest);
}

function readDigests(reader: Reader, max: number): Digest[] {
  const count = reader.count(reader.u16(), max, 32, 'digests');
  const digests: Digest[] = [];
  for (let i = 0; i < count; i++) digests.push(reader.digest());
  return digests;
}

function readTransactions(reader: Reader): Uint8Array[] {
  const max = WIRE_LIMITS.forwardTxsMax.value;
  const count = reader.count(reader.u16(), max, 4, 'transactions');
  const txs: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = reader.u32();
    if (length > WIRE_LIMITS.transactionBytesMax.value) reader.fail('a transaction is too large');
    txs.push(reader.raw(length));
  }
  return txs;
}
