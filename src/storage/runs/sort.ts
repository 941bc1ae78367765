import { compareKeys, KEY_BYTES, RECORD_BYTES } from './record.ts';

/** Above every record number; a word of four bytes times this is still an exact number. */
const NUMBERS = 2 ** 20;
/** So few are sorted by comparing them. */
const FEW = 8;

/**
 * The numbers of the records, ordered by their keys. Sorts by four bytes at a time, most significant first
 * (a radix sort), so that the runtime's sort of numbers does nearly all of it; what keys of a group have in
 * common is passed over, as the many entries of one owner have.
 */
export function sortedNumbers(bytes: Buffer, numbers: Float64Array): Float64Array {
  sortFrom(bytes, numbers, 0);
  return numbers;
}

function sortFrom(bytes: Buffer, numbers: Float64Array, offset: number): void {
  for (let i = 0; i < numbers.length; i += 1) {
    const number = numbers[i] as number;
    numbers[i] = bytes.readUInt32BE(number * RECORD_BYTES + offset) * NUMBERS + number;
  }
  numbers.sort();
  let start = 0;
  for (let i = 1; i <= numbers.length; i += 1) {
    if (i < numbers.length && wordOf(numbers[i]) === wordOf(numbers[start])) continue;
    if (i - start > 1) sortGroup(bytes, numbers.subarray(start, i));
    start = i;
  }
  for (let i = 0; i < numbers.length; i += 1) numbers[i] = (numbers[i] as number) % NUMBERS;
}

/** Of records whose keys begin with the same word, which stands in their numbers. */
function sortGroup(bytes: Buffer, group: Float64Array): void {
  const word = wordOf(group[0]) * NUMBERS;
  const numbers = group.map((number) => number % NUMBERS);
  if (group.length <= FEW)
    numbers.sort((a, b) => compareKeys(bytes, placeOf(a), bytes, placeOf(b)));
  else {
    const common = commonBytes(bytes, numbers);
    if (common < KEY_BYTES) sortFrom(bytes, numbers, common);
  }
  for (let i = 0; i < group.length; i += 1) group[i] = word + (numbers[i] as number);
}

/** So many bytes are the same at the beginning of all these keys. */
function commonBytes(bytes: Buffer, numbers: Float64Array): number {
  const first = placeOf(numbers[0] as number);
  let common = KEY_BYTES;
  for (const number of numbers) {
    const place = placeOf(number);
    let same = 0;
    while (same < common && bytes[place + same] === bytes[first + same]) same += 1;
    common = same;
  }
  return common;
}

function wordOf(number: number | undefined): number {
  return Math.floor((number as number) / NUMBERS);
}

function placeOf(number: number): number {
  return number * RECORD_BYTES;
}
