import { type NativeBytes, nativeBytes, nativeView } from '../crypto/native-bytes.ts';
import { assert } from '../std/assert.ts';
import type { Epoch, Lock, TxId } from '../types/ids.ts';
import type { Coin, UnspentOutput } from '../types/ledger.ts';
import type { Output } from '../types/transaction.ts';

/*
 * All coins of one transaction in one record, at fixed places, so that one coin is read without
 * decoding the others, a spend changes bytes in place, and one read gives the leaf of the state tree:
 *
 *   acceptedEpoch u32 | count u16 | count x { amount u64 | lock 33 | spentEpoch u32 | spentBy 32 }
 *
 * Big-endian. spentEpoch 0 and a zero spentBy mean unspent; stores compress such runs away.
 */
const COUNT_AT = 4;
const HEAD = 6;
const LOCK_AT = 8;
const SPENT_EPOCH_AT = 41;
const SPENT_BY_AT = 45;
const STRIDE = 77;

/** Who has spent what a snapshot does not show. */
export const NOBODY = '0'.repeat(64) as TxId;

/** Bytes that an unspent output adds to the content of a leaf: index u16, amount u64, lock 33. */
const UNSPENT_BYTES = 43;

function view(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength);
}

/** A record as the store gives it: its count agrees with its length, so every place below the count is there. */
function storedView(record: Uint8Array): DataView {
  const data = view(record);
  const isWhole =
    data.byteLength >= HEAD && data.byteLength === HEAD + data.getUint16(COUNT_AT) * STRIDE;
  assert(isWhole, 'the store returns what was put');
  return data;
}

export function createRecord(outputs: readonly Output[], acceptedEpoch: Epoch): Uint8Array {
  const record = nativeBytes(HEAD + outputs.length * STRIDE);
  const data = view(record);
  data.setUint32(0, acceptedEpoch);
  data.setUint16(COUNT_AT, outputs.length);
  for (const [index, output] of outputs.entries()) {
    const at = HEAD + index * STRIDE;
    data.setBigUint64(at, output.amount);
    record.write(output.lock, at + LOCK_AT, 33, 'hex');
  }
  return record;
}

/**
 * The record of a transaction of which only the unspent outputs are known (a snapshot's): the others
 * count as spent by NOBODY, at once.
 */
export function createSparseRecord(
  unspent: readonly UnspentOutput[],
  acceptedEpoch: Epoch,
): Uint8Array {
  const count = Math.max(...unspent.map(({ index }) => index)) + 1;
  const record = nativeBytes(HEAD + count * STRIDE);
  const data = view(record);
  data.setUint32(0, acceptedEpoch);
  data.setUint16(COUNT_AT, count);
  for (let index = 0; index < count; index++) {
    data.setUint32(HEAD + index * STRIDE + SPENT_EPOCH_AT, Math.max(1, acceptedEpoch));
  }
  for (const { index, amount, lock } of unspent) {
    const at = HEAD + index * STRIDE;
    data.setBigUint64(at, amount);
    record.write(lock, at + LOCK_AT, 33, 'hex');
    data.setUint32(at + SPENT_EPOCH_AT, 0);
  }
  return record;
}

/** The epoch whose ledger accepted the transaction. */
export function acceptedEpochOf(record: Uint8Array): Epoch {
  return storedView(record).getUint32(0);
}

/** Undefined when the transaction has no output of that index. */
export function readCoin(record: Uint8Array, index: number): Coin | undefined {
  const data = storedView(record);
  if (index >= data.getUint16(COUNT_AT)) return undefined;
  const at = HEAD + index * STRIDE;
  const spentEpoch = data.getUint32(at + SPENT_EPOCH_AT);
  const bytes = nativeView(record);
  return {
    amount: data.getBigUint64(at),
    lock: lockAt(bytes, at),
    acceptedEpoch: data.getUint32(0),
    spentBy:
      spentEpoch === 0 ? null : (bytes.toString('hex', at + SPENT_BY_AT, at + STRIDE) as TxId),
    spentEpoch,
  };
}

/** Marks an unspent coin of the record as spent, in place. */
export function markSpent(record: Uint8Array, index: number, by: TxId, epoch: Epoch): void {
  const data = storedView(record);
  const at = HEAD + index * STRIDE;
  assert(index < data.getUint16(COUNT_AT), 'a spent coin exists');
  assert(data.getUint32(at + SPENT_EPOCH_AT) === 0, 'a coin is spent once');
  assert(epoch > 0, 'nothing is spent in epoch 0');
  data.setUint32(at + SPENT_EPOCH_AT, epoch);
  nativeView(record).write(by, at + SPENT_BY_AT, 32, 'hex');
}

/** Has every output been spent in `epoch` or before? */
export function isSpentBy(record: Uint8Array, epoch: Epoch): boolean {
  return acceptedEpochOf(record) <= epoch && unspentIndexes(storedView(record), epoch).length === 0;
}

/** Is `earlier` the record as it was before some of the outputs spent in `later` were? */
export function isEarlierRecord(earlier: Uint8Array, later: Uint8Array): boolean {
  if (earlier.length !== later.length) return false;
  const isKept = (from: number, to: number) =>
    earlier.subarray(from, to).every((byte, i) => byte === later[from + i]);
  for (let at = HEAD; at < later.length; at += STRIDE) {
    const spentAt = at + SPENT_EPOCH_AT;
    const wasUnspent = earlier.subarray(spentAt, at + STRIDE).every((byte) => byte === 0);
    if (!isKept(at, spentAt) || !(wasUnspent || isKept(spentAt, at + STRIDE))) return false;
  }
  return isKept(0, HEAD);
}

/** The outputs that were unspent when the ledger of `epoch` was closed, ascending by index. */
export function unspentAt(record: Uint8Array, epoch: Epoch): UnspentOutput[] {
  const unspent: UnspentOutput[] = [];
  const data = storedView(record);
  const bytes = nativeView(record);
  for (const index of unspentIndexes(data, epoch)) {
    const at = HEAD + index * STRIDE;
    unspent.push({ index, amount: data.getBigUint64(at), lock: lockAt(bytes, at) });
  }
  return unspent;
}

/** What `encodeUnspent` makes of `unspentAt`, without the detour; null when no output is unspent. */
export function leafContentAt(record: Uint8Array, epoch: Epoch): Uint8Array | null {
  const data = storedView(record);
  const indexes = unspentIndexes(data, epoch);
  if (indexes.length === 0) return null;
  const content = new Uint8Array(4 + indexes.length * UNSPENT_BYTES);
  content.set(record.subarray(0, 4));
  let at = 4;
  for (const index of indexes) {
    const from = HEAD + index * STRIDE;
    content[at] = index >> 8;
    content[at + 1] = index & 0xff;
    content.set(record.subarray(from, from + SPENT_EPOCH_AT), at + 2);
    at += UNSPENT_BYTES;
  }
  return content;
}

/** Content of a leaf of the state tree: acceptedEpoch u32, then index u16, amount u64, lock of each. */
export function encodeUnspent(acceptedEpoch: Epoch, unspent: readonly UnspentOutput[]): Uint8Array {
  const content = nativeBytes(4 + unspent.length * UNSPENT_BYTES);
  const data = view(content);
  data.setUint32(0, acceptedEpoch);
  let at = 4;
  for (const output of unspent) {
    data.setUint16(at, output.index);
    data.setBigUint64(at + 2, output.amount);
    content.write(output.lock, at + 10, 33, 'hex');
    at += UNSPENT_BYTES;
  }
  return content;
}

function lockAt(bytes: NativeBytes, at: number): Lock {
  return bytes.toString('hex', at + LOCK_AT, at + SPENT_EPOCH_AT) as Lock;
}

function unspentIndexes(data: DataView, epoch: Epoch): number[] {
  const indexes: number[] = [];
  if (data.getUint32(0) > epoch) return indexes;
  const count = data.getUint16(COUNT_AT);
  for (let index = 0; index < count; index += 1) {
    const spentEpoch = data.getUint32(HEAD + index * STRIDE + SPENT_EPOCH_AT);
    if (spentEpoch === 0 || spentEpoch > epoch) indexes.push(index);
  }
  return indexes;
}
