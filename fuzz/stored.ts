import { AssertionFailure } from '../src/std/assert.ts';
import { err, ok, type Result } from '../src/std/result.ts';
import { describe } from '../src/storage/fault.ts';

/**
 * Decodes what our own store returns. `damage`: the words that say that it is not as it was written. Without them
 * damage is LevelDB's to find (its checksums); should some pass, the reader may stop the process by an assertion.
 * Nothing else is thrown: no memory is taken for a length that lies.
 */
export function stored<T>(
  decode: (bytes: Uint8Array) => T,
  damage: RegExp | null = null,
): (bytes: Uint8Array) => Result<T, string> {
  return (bytes) => {
    try {
      return ok(decode(bytes));
    } catch (cause) {
      const word = describe(cause);
      const isRefusal = damage === null ? cause instanceof AssertionFailure : damage.test(word);
      if (isRefusal) return err(word);
      throw cause;
    }
  };
}
