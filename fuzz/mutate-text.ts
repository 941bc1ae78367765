import type { Prng } from '../src/std/prng.ts';
import { mutateBytes } from './mutate-bytes.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Values that readers of JSON trip over. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  2,
  1.5,
  1e308,
  4294967295,
  4294967296,
  2 ** 53,
  '',
  ' ',
  '0',
  '1',
  '-1',
  '+1',
  '01',
  '1e3',
  '0x10',
  '18446744073709551615',
  '18446744073709551616',
  '99999999999999999999',
  '1\n',
  '\u0000',
  '\ud800',
  '\uff15',
  '__proto__',
  'ab',
  'AB',
  '0g',
  '00'.repeat(32),
  'ff'.repeat(32),
  `01${'00'.repeat(32)}`,
  [],
  {},
  [null],
  [[]],
  [0, 0],
  { a: 1 },
];
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\\u0000',
  '\\ud800',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '\u0000',
  '\ufeff',
  '/*',
  '//',
  '#',
  "'",
  '=',
  '[[',
  ']]',
  '.',
  '-',
  'e9',
  'NaN',
  'null',
  'true',
  '0',
  '1',
  '9'.repeat(25),
  '__proto__',
  'constructor',
  '%',
  '%00',
  '../',
  '\u202e',
  'é',
];

/** Changes a text: its pieces, lines and words, or just its bytes. */
export function mutateText(input: Uint8Array, other: Uint8Array, random: Prng): Uint8Array {
  if (random.chance(0.15)) return mutateBytes(input, other, random);
  let text = decoder.decode(input);
  for (let left = 1 + random.below(3); left > 0; left--) text = changeText(text, other, random);
  return encoder.encode(text);
}

/** Changes a JSON text as a tree, which stays JSON, or as a text. */
export function mutateJson(input: Uint8Array, other: Uint8Array, random: Prng): Uint8Array {
  if (random.chance(0.3)) return mutateText(input, other, random);
  try {
    let tree: unknown = JSON.parse(decoder.decode(input));
    const donor: unknown = JSON.parse(decoder.decode(other));
    for (let left = 1 + random.below(2); left > 0; left--) tree = changeTree(tree, donor, random);
    return encoder.encode(JSON.stringify(tree) ?? 'null');
  } catch {
    return mutateText(input, other, random);
  }
}

/** Changes one line of a text of lines as JSON, or the order of the lines. */
export function mutateJsonLines(input: Uint8Array, other: Uint8Array, random: Prng): Uint8Array {
  const lines = decoder.decode(input).split('\n');
  const at = random.below(lines.length);
  const [line = ''] = lines.slice(at, at + 1);
  switch (random.below(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(random.below(lines.length + 1), 0, line);
      break;
    case 2:
      return mutateText(input, other, random);
    default:
      lines[at] = decoder.decode(mutateJson(encoder.encode(line), encoder.encode(line), random));
  }
  return encoder.encode(lines.join('\n'));
}

function changeText(text: string, other: Uint8Array, random: Prng): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(12));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
    case 1:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(end);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, end) + text.slice(at);
    case 4: {
      const words = [...text.matchAll(/[A-Za-z0-9_.]+/g)];
      if (words.length === 0) return text;
      const word = random.pick(words);
      const by = String(random.pick(VALUES));
      return text.slice(0, word.index) + by + text.slice(word.index + word[0].length);
    }
    default: {
      const donor = decoder.decode(other);
      return text.slice(0, at) + donor.slice(random.below(donor.length + 1));
    }
  }
}

type Place = { readonly holder: Record<string, unknown>; readonly key: string };

function changeTree(tree: unknown, donor: unknown, random: Prng): unknown {
  const places = placesOf(tree);
  if (places.length === 0) return random.pick(VALUES);
  const { holder, key } = random.pick(places);
  const value = holder[key];
  const donors = placesOf(donor);
  switch (random.below(7)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return tree;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, value);
      else holder[`${key}s`] = value;
      return tree;
    case 2:
      holder[key] = random.chance(0.5) ? [value] : { [key]: value };
      return tree;
    case 3: {
      const from = donors.length === 0 ? null : random.pick(donors);
      holder[key] = from === null ? null : from.holder[from.key];
      return tree;
    }
    case 4:
      holder[key] = nudged(value, random);
      return tree;
    default:
      holder[key] = structuredClone(random.pick(VALUES));
      return tree;
  }
}

/** A value of the same kind, a little different. */
function nudged(value: unknown, random: Prng): unknown {
  if (typeof value === 'number') return value + random.pick([-1, 1, 0.5, 2 ** 32, -value]);
  if (typeof value !== 'string') return value;
  const at = random.below(value.length + 1);
  const piece = random.pick(['', '0', 'a', 'A', 'f', ' ', '\n', value]);
  return value.slice(0, at) + piece + value.slice(at + random.below(2));
}

const PLACES_MAX = 500;

function placesOf(tree: unknown): Place[] {
  const places: Place[] = [];
  const open: unknown[] = [tree];
  while (open.length > 0 && places.length < PLACES_MAX) {
    const holder = open.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      open.push((holder as Record<string, unknown>)[key]);
    }
  }
  return places;
}
