import { crc32 } from 'node:zlib';
import { assert } from '../../std/assert.ts';

/*
 * A record: CRC-32 of what follows u32, its own length u16, number of digits u8, the digits of the page's key in
 * Latin 1, the bytes of the page.
 */
const RECORD_HEAD_BYTES = 7;
export const RECORD_BYTES_MAX = 0xffff;
const LENGTH_AT = 4;
const DIGITS_AT = 6;
const ARE_DIGITS = /^[0-9a-f]*$/;

/** A record while it is made. */
const form = Buffer.allocUnsafeSlow(RECORD_BYTES_MAX);

/** `digits`: of the key. The bytes that are returned are those of the next call, too. */
export function encodePage(digits: string, page: Uint8Array): Buffer {
  const at = RECORD_HEAD_BYTES + digits.length;
  const length = at + page.length;
  assert(length <= RECORD_BYTES_MAX, 'a page is short');
  form.writeUInt16BE(length, LENGTH_AT);
  form[DIGITS_AT] = digits.length;
  form.write(digits, RECORD_HEAD_BYTES, 'latin1');
  form.set(page, at);
  const record = form.subarray(0, length);
  record.writeUInt32BE(crc32(record.subarray(LENGTH_AT)), 0);
  return record;
}

/** How long the record is that begins here. Throws when there is none. */
export function recordLength(bytes: Buffer): number {
  const length = bytes.length < RECORD_HEAD_BYTES ? 0 : bytes.readUInt16BE(LENGTH_AT);
  if (length < RECORD_HEAD_BYTES || length > bytes.length) throw damaged();
  return length;
}

/** Whose page it is. Throws when these are not the bytes of a record. */
export function digitsIn(record: Buffer): string {
  if (recordLength(record) !== record.length) throw damaged();
  const end = RECORD_HEAD_BYTES + (record[DIGITS_AT] as number);
  if (record.readUInt32BE(0) !== crc32(record.subarray(LENGTH_AT))) throw damaged();
  const digits = record.toString('latin1', RECORD_HEAD_BYTES, end);
  if (end > record.length || !ARE_DIGITS.test(digits)) throw damaged();
  return digits;
}

/** Not copied. Throws when this is not the record of that page. */
export function pageIn(record: Buffer, digits: string): Uint8Array {
  const found = digitsIn(record);
  if (found !== digits) throw new Error(`the page ${found} stands where ${digits} should`);
  const at = RECORD_HEAD_BYTES + digits.length;
  return new Uint8Array(record.buffer, record.byteOffset + at, record.length - at);
}

function damaged(): Error {
  return new Error('a page of the state tree is damaged');
}
