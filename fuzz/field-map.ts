import { Reader } from '../src/codec/reader.ts';

/** Where the decoder read one field: [start, end) of the input. */
export type Field = { readonly start: number; readonly end: number };

const READS = ['u8', 'u16', 'u32', 'u48', 'u64', 'digest', 'outpoint', 'lock', 'raw'] as const;
const FIELDS_MAX = 4096;

/**
 * The fields of an input in the order in which the decoder reads them, up to where it refuses. Watches
 * the Reader that all binary decoders share, so the structure is the decoder's own and never outdated.
 */
export function fieldsOf(input: Uint8Array, decode: (input: Uint8Array) => unknown): Field[] {
  const fields: Field[] = [];
  const prototype = Reader.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = READS.map((name) => [name, prototype[name]] as const);
  for (const [name, original] of originals) {
    prototype[name] = function (this: Reader, ...args) {
      const start = this.offset;
      const value = original?.apply(this, args);
      if (this.bytes === input && fields.length < FIELDS_MAX) {
        fields.push({ start, end: this.offset });
      }
      return value;
    };
  }
  try {
    decode(input);
  } finally {
    for (const [name, original] of originals) prototype[name] = original as typeof original & {};
  }
  return fields.filter(({ start, end }) => end > start);
}
