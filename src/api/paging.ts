import { err, ok, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { PageQuery } from './schemas.ts';

const DEFAULT_LIMIT = 100;

export function pageLimit(query: PageQuery): Result<number, Problem> {
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
  if (limit < 1 || limit > API_LIMITS.pageMax.value) {
    return err(problem('invalid-request', `limit is not within 1..${API_LIMITS.pageMax.value}.`));
  }
  return ok(limit);
}

/** Cuts a page out of what was read with one entry more than `limit`. */
export function page<T>(
  read: readonly T[],
  limit: number,
  cursorOf: (last: T) => string,
): { readonly data: T[]; readonly next: string | null } {
  const data = read.slice(0, limit);
  const last = data.at(-1);
  return { data, next: read.length > limit && last !== undefined ? cursorOf(last) : null };
}
