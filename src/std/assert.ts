/** Thrown by `assert`: a bug of ours. The process that sees one stops (fail-stop) and never signs again. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/**
 * States what must hold if this program is right. Never used for anything that a peer, a client or a
 * disk can cause: that is data with a code (types/errors.ts).
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** The value, which our own logic guarantees to be there. */
export function defined<T>(value: T | undefined | null, message: string): T {
  assert(value !== undefined && value !== null, message);
  return value;
}

/** Compile-time proof that a switch over a union is exhaustive. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${String(value)}`);
}
