import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const U16 = 0xffff;
const U32 = 0xffff_ffff;

/** Any number of things: count, then each. */
export function writeList<T>(
  writer: Writer,
  items: readonly T[],
  write: (writer: Writer, item: T) => void,
): void {
  writer.u32(items.length);
  for (const item of items) write(writer, item);
}

/** `itemBytes`: the least that one takes, so that a count that lies costs no memory. */
export function readList<T>(reader: Reader, itemBytes: number, read: (reader: Reader) => T): T[] {
  return readItems(reader, reader.count(reader.u32(), U32, itemBytes, 'items'), read);
}

/** The same with a count of 16 bits. */
export function writeShortList<T>(
  writer: Writer,
  items: readonly T[],
  write: (writer: Writer, item: T) => void,
): void {
  writer.u16(items.length);
  for (const item of items) write(writer, item);
}

export function readShortList<T>(
  reader: Reader,
  itemBytes: number,
  read: (reader: Reader) => T,
): T[] {
  return readItems(reader, reader.count(reader.u16(), U16, itemBytes, 'items'), read);
}

function readItems<T>(reader: Reader, count: number, read: (reader: Reader) => T): T[] {
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(read(reader));
  return items;
}

export function writeU32(writer: Writer, value: number): void {
  writer.u32(value);
}

export function readU32(reader: Reader): number {
  return reader.u32();
}
