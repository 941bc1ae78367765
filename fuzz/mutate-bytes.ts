import { concatBytes } from '../src/std/bytes.ts';
import type { Prng } from '../src/std/prng.ts';
import type { Field } from './field-map.ts';

/** Numbers at which decoders turn: the ends of widths, of documented bounds, and one beyond them. */
const NUMBERS = [
  0, 1, 2, 3, 15, 16, 17, 32, 33, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512, 513, 1023, 1024,
  1025, 2047, 2048, 2049, 4095, 4096, 4097, 0x7fff, 0x8000, 0xffff, 0x1_0000, 99_999, 100_000,
  100_001, 1_048_576, 1_048_577, 1_310_720, 1_310_721, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

/** Changes an input at a few places. `fields` says where its fields lie, when the decoder has told. */
export function mutateBytes(
  input: Uint8Array,
  other: Uint8Array,
  random: Prng,
  fields: readonly Field[] = [],
): Uint8Array {
  let bytes: Uint8Array = input.slice();
  for (let left = 1 + (random.chance(0.5) ? random.below(4) : 0); left > 0; left--) {
    const byField = fields.length > 0 && random.chance(0.6);
    bytes = byField ? changeField(bytes, random, fields) : changeAnywhere(bytes, other, random);
  }
  return bytes;
}

function changeField(bytes: Uint8Array, random: Prng, fields: readonly Field[]): Uint8Array {
  const field = random.pick(fields);
  if (field.end > bytes.length) return bytes;
  const twin = random.pick(fields);
  switch (random.below(5)) {
    case 0:
    case 1:
      return putNumber(bytes, field.start, field.end - field.start, random);
    case 2:
      // The value of another field, most telling where both are of one length.
      return splice(bytes, field.start, field.end, bytes.subarray(twin.start, twin.end));
    case 3: {
      const last = random.pick(fields);
      const end = Math.max(field.end, Math.min(last.end, bytes.length));
      return splice(bytes, end, end, bytes.subarray(field.start, end));
    }
    default: {
      const end = Math.max(field.end, Math.min(twin.end, bytes.length));
      return splice(bytes, field.start, end, new Uint8Array());
    }
  }
}

function changeAnywhere(bytes: Uint8Array, other: Uint8Array, random: Prng): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(33));
  switch (random.below(9)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.below(256);
      return bytes;
    case 2:
      return putNumber(bytes, at, random.pick([1, 2, 4, 6, 8]), random);
    case 3:
      return bytes.slice(0, at);
    case 4:
      return splice(bytes, at, end, new Uint8Array());
    case 5:
      return splice(bytes, at, at, random.bytes(1 + random.below(8)));
    case 6:
      return splice(bytes, at, at, bytes.subarray(at, end));
    case 7:
      return crossed(bytes, other, random);
    default:
      return splice(bytes, bytes.length, bytes.length, new Uint8Array(1 + random.below(4)));
  }
}

/** The beginning of one and the end of another, cut at places of their own. */
function crossed(bytes: Uint8Array, other: Uint8Array, random: Prng): Uint8Array {
  const head = bytes.subarray(0, random.below(bytes.length + 1));
  return concatBytes(head, other.subarray(random.below(other.length + 1)));
}

function putNumber(bytes: Uint8Array, at: number, width: number, random: Prng): Uint8Array {
  const changed = bytes.slice();
  if (width > 8) {
    changed.fill(random.pick([0, 1, 0x7f, 0xff]), at, at + width);
    return changed;
  }
  let value = BigInt(random.pick(NUMBERS));
  if (random.chance(0.1)) value = 2n ** BigInt(8 * width) - 1n;
  for (let i = Math.min(at + width, changed.length) - 1; i >= at; i--) {
    changed[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return changed;
}

function splice(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  return concatBytes(bytes.subarray(0, from), by, bytes.subarray(to));
}
