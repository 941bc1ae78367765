import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../std/result.ts';
import { ByteCursor, ByteCursorError } from './byte-cursor.ts';

/** Output `index` of transaction `txid` (hex, in the byte order of the wire, not of explorers). */
export type BitcoinOutpoint = { readonly txid: string; readonly index: number };

/** Values are satoshis; `script` is the scriptPubKey. */
export type BitcoinOutput = { readonly value: bigint; readonly script: Uint8Array };

export type BitcoinTransaction = {
  readonly txid: string;
  readonly inputs: readonly BitcoinOutpoint[];
  readonly outputs: readonly BitcoinOutput[];
  /** On the wire, signatures included. */
  readonly bytes: number;
  /** BIP 141: a quarter of the weight, rounded up. What fees are paid for. */
  readonly virtualBytes: number;
};

export type BitcoinBlock = {
  /** As explorers show it. */
  readonly hash: string;
  readonly timeSeconds: number;
  /** The first one is the coinbase. */
  readonly transactions: readonly BitcoinTransaction[];
  /** Oddities that were tolerated, for the operator. */
  readonly notes: readonly string[];
};

/** Blocks are at most 4 MB; more is something else. */
export const BITCOIN_BLOCK_BYTES_MAX = 4_194_304;
const HEADER_BYTES = 80;
const MERKLE_ROOT_AT = 36;
const TIME_AT = 68;
/** outpoint, empty script, sequence */
const INPUT_BYTES_MIN = 41;
const OUTPUT_BYTES_MIN = 9;
const TRANSACTION_BYTES_MIN = 10;
const NULL_TXID = '00'.repeat(32);

/**
 * One raw block as nodes exchange it: header, count, transactions, with or without witnesses. The
 * header's Merkle root is checked against the transactions, so a file that parses is whole. One byte
 * after the block is tolerated with a note: a widely copied test file has it.
 */
export function parseBitcoinBlock(bytes: Uint8Array): Result<BitcoinBlock, string> {
  if (bytes.length > BITCOIN_BLOCK_BYTES_MAX) {
    return err(`a block has at most ${BITCOIN_BLOCK_BYTES_MAX} bytes, this file ${bytes.length}`);
  }
  try {
    return ok(readBlock(new ByteCursor(bytes)));
  } catch (error) {
    if (error instanceof ByteCursorError) return err(`not a Bitcoin block: ${error.message}`);
    throw error;
  }
}

function readBlock(cursor: ByteCursor): BitcoinBlock {
  const header = cursor.take(HEADER_BYTES);
  const count = cursor.count(TRANSACTION_BYTES_MIN);
  const transactions: BitcoinTransaction[] = [];
  for (let i = 0; i < count; i++) transactions.push(readTransaction(cursor));
  if (cursor.left > 1) throw new ByteCursorError(`${cursor.left} bytes follow the block`);
  const root = toHex(header.subarray(MERKLE_ROOT_AT, MERKLE_ROOT_AT + 32));
  if (merkleRoot(transactions) !== root) {
    throw new ByteCursorError("the header's Merkle root is not that of the transactions");
  }
  if (transactions[0]?.inputs[0]?.txid !== NULL_TXID) {
    throw new ByteCursorError('the first transaction is no coinbase');
  }
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  return {
    hash: toHex(doubleHash(header).reverse()),
    timeSeconds: view.getUint32(TIME_AT, true),
    transactions,
    notes: cursor.left === 1 ? ['one byte after the block was ignored'] : [],
  };
}

function readTransaction(cursor: ByteCursor): BitcoinTransaction {
  const start = cursor.offset;
  const version = cursor.take(4);
  // BIP 144: a zero where the number of inputs would stand, then a flag of 1.
  const segregated = cursor.peek(0) === 0 && cursor.peek(1) === 1;
  if (segregated) cursor.take(2);
  const coreStart = cursor.offset;
  const inputs = readMany(cursor, INPUT_BYTES_MIN, readInput);
  if (inputs.length === 0) throw new ByteCursorError(`no inputs at byte ${start}`);
  const outputs = readMany(cursor, OUTPUT_BYTES_MIN, readOutput);
  const core = cursor.bytes.subarray(coreStart, cursor.offset);
  if (segregated) for (const _ of inputs) readMany(cursor, 1, skipItem);
  const lockTime = cursor.take(4);
  const bytes = cursor.offset - start;
  const strippedBytes = 8 + core.length;
  return {
    txid: toHex(doubleHash(version, core, lockTime)),
    inputs,
    outputs,
    bytes,
    virtualBytes: Math.ceil((3 * strippedBytes + bytes) / 4),
  };
}

function readMany<T>(cursor: ByteCursor, unitBytes: number, read: (cursor: ByteCursor) => T): T[] {
  const items: T[] = [];
  for (let left = cursor.count(unitBytes); left > 0; left--) items.push(read(cursor));
  return items;
}

function readInput(cursor: ByteCursor): BitcoinOutpoint {
  const txid = toHex(cursor.take(32));
  const index = cursor.u32();
  cursor.take(cursor.count(1));
  cursor.take(4);
  return { txid, index };
}

export function readOutput(cursor: ByteCursor): BitcoinOutput {
  const value = cursor.u64();
  if (value > MONEY_MAX) throw new ByteCursorError(`an output of ${value} satoshis cannot be`);
  return { value, script: cursor.take(cursor.count(1)) };
}

/** 21 million bitcoins. */
const MONEY_MAX = 2_100_000_000_000_000n;

function skipItem(cursor: ByteCursor): void {
  cursor.take(cursor.count(1));
}

/** Bitcoin's tree: pairs hashed twice, the last of an odd level with itself. */
function merkleRoot(transactions: readonly BitcoinTransaction[]): string {
  let level: Buffer[] = transactions.map((tx) => Buffer.from(tx.txid, 'hex'));
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] ?? Buffer.alloc(0);
      above.push(doubleHash(left, level[i + 1] ?? left));
    }
    level = above;
  }
  return level[0] ? toHex(level[0]) : '';
}

function doubleHash(...parts: readonly Uint8Array[]): Buffer {
  const inner = createHash('sha256');
  for (const part of parts) inner.update(part);
  return createHash('sha256').update(inner.digest()).digest();
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
