import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

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
  const count = reader.count(reader.u32(), U32, itemBytes, 'items');
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
