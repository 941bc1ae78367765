import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assert } from '../../std/assert.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';

/**
 * One record of the journal, all numbers big-endian:
 *
 *      0  length of the payload      u32, 0 for the seal that ends a full segment
 *      4  ordinal                    u32, from 1
 *      8  link                       16 bytes, hash of the whole previous record
 *     24  checksum of the payload    u32, CRC-32
 *     28  checksum of bytes 0..27    u32, CRC-32
 *     32  payload
 *
 * The ordinal tells a misplaced record, the link a foreign or missing one, the checksums a damaged
 * one. The header has its own so that a damaged length is never mistaken for a torn end.
 */
export const RECORD_HEADER_BYTES = 32;
export const LINK_BYTES = 16;

const LENGTH_AT = 0;
const ORDINAL_AT = 4;
const LINK_AT = 8;
const PAYLOAD_CHECKSUM_AT = 24;
const HEADER_CHECKSUM_AT = 28;

export type RecordHeader = {
  readonly length: number;
  readonly ordinal: number;
  readonly link: Uint8Array;
  readonly payloadChecksum: number;
};

/** Copies the payload: the caller may reuse its bytes. An empty payload makes a seal. */
export function encodeRecord(ordinal: number, link: Uint8Array, payload: Uint8Array): Uint8Array {
  assert(payload.length <= STORAGE_LIMITS.recordBytesMax.value, 'journal record too large');
  assert(ordinal <= STORAGE_LIMITS.recordsMax.value, 'journal has no ordinals left');
  const record = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + payload.length);
  record.writeUInt32BE(payload.length, LENGTH_AT);
  record.writeUInt32BE(ordinal, ORDINAL_AT);
  record.set(link, LINK_AT);
  record.writeUInt32BE(crc32(payload), PAYLOAD_CHECKSUM_AT);
  record.writeUInt32BE(crc32(record.subarray(0, HEADER_CHECKSUM_AT)), HEADER_CHECKSUM_AT);
  record.set(payload, RECORD_HEADER_BYTES);
  return new Uint8Array(record.buffer);
}

/** The link that the record after this one carries. */
export function linkAfter(record: Uint8Array): Uint8Array {
  return hash('sha256', record, 'buffer').subarray(0, LINK_BYTES);
}

/** null: the bytes are not an intact record header. */
export function decodeRecordHeader(bytes: Buffer): RecordHeader | null {
  const sum = crc32(bytes.subarray(0, HEADER_CHECKSUM_AT));
  if (bytes.readUInt32BE(HEADER_CHECKSUM_AT) !== sum) return null;
  const length = bytes.readUInt32BE(LENGTH_AT);
  if (length > STORAGE_LIMITS.recordBytesMax.value) return null;
  return {
    length,
    ordinal: bytes.readUInt32BE(ORDINAL_AT),
    link: bytes.subarray(LINK_AT, PAYLOAD_CHECKSUM_AT),
    payloadChecksum: bytes.readUInt32BE(PAYLOAD_CHECKSUM_AT),
  };
}

export function payloadIntact(header: RecordHeader, payload: Uint8Array): boolean {
  return payload.length === header.length && crc32(payload) === header.payloadChecksum;
}
