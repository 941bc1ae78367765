/*
 * An entry of table 'a' as it stands in a sorted run, at fixed places:
 *
 *   key 67 (without the table's letter) | kind 1 | value 8
 */
export const KEY_BYTES = 67;
const KIND_AT = 67;
const VALUE_AT = 68;
export const RECORD_BYTES = 76;

export const PUT = 1;
const DELETED = 2;
/** Of a key that was put and deleted. */
export const GONE = PUT | DELETED;

/** Bytes of a key that are compared as one number. */
const HEAD_BYTES = 6;

/**
 * Some bytes of the record's key as a number: nearly always enough to order two of them. `shared`: so many that all
 * of them begin with tell nothing and are passed over.
 */
export function headOf(bytes: Buffer, at: number, shared: number): number {
  return bytes.readUIntBE(at + Math.min(shared, KEY_BYTES - HEAD_BYTES), HEAD_BYTES);
}

/** Negative, 0 or positive, as the keys of the two records are in order. */
export function compareKeys(a: Buffer, aAt: number, b: Buffer, bAt: number): number {
  return a.compare(b, bAt, bAt + KEY_BYTES, aAt, aAt + KEY_BYTES);
}

export function kindOf(bytes: Buffer, at: number): number {
  return bytes[at + KIND_AT] as number;
}

/** Hex of the key. */
export function keyOf(bytes: Buffer, at: number): string {
  return bytes.toString('hex', at, at + KEY_BYTES);
}

/** A copy, of a record alone. */
export function valueIn(record: Buffer): Uint8Array {
  return new Uint8Array(record.subarray(VALUE_AT, RECORD_BYTES));
}

/** `value` null: deleted. False: key or value have another length than the table's. */
export function writeRecord(
  bytes: Buffer,
  at: number,
  key: string,
  value: Uint8Array | null,
): boolean {
  const isWhole = key.length === 2 * KEY_BYTES && (value === null || value.length === 8);
  bytes[at + KIND_AT] = value === null ? DELETED : PUT;
  if (value === null) bytes.fill(0, at + VALUE_AT, at + RECORD_BYTES);
  else bytes.set(value, at + VALUE_AT);
  return isWhole && bytes.write(key, at, KEY_BYTES, 'hex') === KEY_BYTES;
}
