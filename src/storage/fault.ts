import { AssertionFailure } from '../std/assert.ts';
import type { HaltCode } from '../types/errors.ts';

/** Why a storage object cannot be used (any more), and in `detail` what the operator should do. */
export type Halt = { readonly code: HaltCode; readonly detail: string };

/**
 * A halt where the signature has no room for a Result: reads inside a step, appends, flushes.
 * Whoever sees one stops this validator; nothing is retried.
 */
export class StorageFault extends Error {
  override readonly name = 'StorageFault';
  readonly code: HaltCode;
  readonly detail: string;

  constructor(halt: Halt) {
    super(`${halt.code}: ${halt.detail}`);
    this.code = halt.code;
    this.detail = halt.detail;
  }
}

export function halt(code: HaltCode, detail: string): Halt {
  return { code, detail };
}

/** What an operating-system call or LevelDB threw, in one line. */
export function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message;
}

/** The same of what reading a file threw, unless that is a bug of ours, which is thrown on. */
export function saidByDisk(cause: unknown): string {
  if (cause instanceof AssertionFailure) throw cause;
  return describe(cause);
}

/** The innermost error code (ENOSPC, LEVEL_LOCKED ...) of what was thrown, or null. */
export function causeCode(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null;
  const inner = causeCode(cause.cause);
  if (inner !== null) return inner;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
}
