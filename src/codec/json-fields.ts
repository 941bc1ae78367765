import { isIntegerIn } from '../std/integer.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type ErrorCode, type Problem, problem } from '../types/errors.ts';
import { parseAmount } from './amount.ts';

class FieldFault {
  readonly problem: Problem;

  constructor(fault: Problem) {
    this.problem = fault;
  }
}

/** Ends the reading of a JSON value: `path` is the field as people write it, such as `committee[2].name`. */
export function failField(
  path: string,
  detail: string,
  code: ErrorCode = 'invalid-request',
): never {
  throw new FieldFault(problem(code, `${path}: ${detail}`));
}

/** Runs a reader of JSON values; what it refuses becomes the error. */
export function readJson<T>(read: () => T): Result<T, Problem> {
  try {
    return ok(read());
  } catch (fault) {
    if (fault instanceof FieldFault) return err(fault.problem);
    throw fault;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** An object with exactly these members. */
export function objectField(value: unknown, path: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failField(path, 'not an object');
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) failField(path, `unknown member ${JSON.stringify(name)}`);
  }
  for (const name of names) {
    if (!Object.hasOwn(value, name)) failField(path, `member ${JSON.stringify(name)} is missing`);
  }
  return value as Fields;
}

export function arrayField(
  value: unknown,
  path: string,
  least: number,
  most: number,
): readonly unknown[] {
  if (!Array.isArray(value)) return failField(path, 'not an array');
  if (value.length < least || value.length > most) {
    failField(path, `${value.length} elements, allowed are ${least} to ${most}`);
  }
  return value;
}

export function textField(value: unknown, path: string, form: RegExp, hint: string): string {
  if (typeof value !== 'string' || !form.test(value)) return failField(path, `not ${hint}`);
  return value;
}

export function integerField(value: unknown, path: string, least: number, most: number): number {
  if (isIntegerIn(value, least, most)) return value;
  return failField(path, `not an integer from ${least} to ${most}`);
}

/** A decimal text without sign or leading zeros, up to 2^64-1. */
export function amountField(value: unknown, path: string): bigint {
  return parseAmount(value) ?? failField(path, 'not a decimal string from 0 to 2^64-1');
}
