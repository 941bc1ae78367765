import { InvalidArgumentError } from 'commander';

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

/** Gathers an option that may be given several times. */
export function gather(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
