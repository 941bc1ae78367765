import { isIntegerIn } from '../../std/integer.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { TraceProblem, TraceSource } from './trace.ts';

/*
 * Readers of the trace formats: whatever is not exactly what the format says is an error, so that a
 * trace means the same to every reader. They throw Malformed, which `guarded` turns into a Result.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** Its message becomes a TraceProblem. */
export class Malformed extends Error {}

export function guarded<T>(line: number, parse: () => T): Result<T, TraceProblem> {
  try {
    return ok(parse());
  } catch (error) {
    if (error instanceof Malformed) return err({ line, detail: error.message });
    throw error;
  }
}

export function objectOf(line: string, keys: readonly string[]): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Malformed('not JSON');
  }
  return fieldsOf(value, 'line', keys);
}

export function fieldsOf(value: unknown, what: string, keys: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed(`${what} is not an object`);
  }
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new Malformed(`unknown field "${unknown}"`);
  return value as Fields;
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed(`${what} is not a list`);
  return value;
}

export function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 1000) {
    throw new Malformed(`${what} is not a text of 1 to 1000 characters`);
  }
  return value;
}

export function integerOf(
  value: unknown,
  what: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
) {
  if (isIntegerIn(value, min, max)) return value;
  throw new Malformed(`${what} is not an integer from ${min} to ${max}`);
}

export function pairOf(value: unknown, what: string, min: number): [number, number] {
  if (!Array.isArray(value) || value.length !== 2) throw new Malformed(`${what} holds no pair`);
  return [integerOf(value[0], what, min), integerOf(value[1], what, 0)];
}

export function sourceOf(value: unknown): TraceSource {
  const fields = fieldsOf(value, 'source', ['title', 'sha256', 'licence', 'notes']);
  const texts = (of: unknown, what: string) => listOf(of, what).map((item) => textOf(item, what));
  return {
    title: textOf(fields.title, 'source.title'),
    ...(fields.sha256 === undefined ? {} : { sha256: texts(fields.sha256, 'source.sha256') }),
    ...(fields.licence === undefined ? {} : { licence: textOf(fields.licence, 'source.licence') }),
    ...(fields.notes === undefined ? {} : { notes: texts(fields.notes, 'source.notes') }),
  };
}
