import { InvalidArgumentError } from 'commander';
import { PREFIX, PREFIX_HINT } from '../../crypto/address.ts';

/** A parser of whole numbers for commander's options. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is wanted.`);
  };
}

/** The same of several, separated by commas. */
export function wholeNumbers(min: number, max: number): (text: string) => number[] {
  const one = wholeNumber(min, max);
  return (text) => text.split(',').map(one);
}

/** A prefix of addresses, as a genesis may have it. */
export function addressPrefix(text: string): string {
  if (PREFIX.test(text)) return text;
  throw new InvalidArgumentError(`It is ${PREFIX_HINT}.`);
}

/** Gathers an option that may be given several times. */
export function gather(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
