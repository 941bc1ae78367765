import { err, ok, type Result } from '../../std/result.ts';
import type { Problem } from '../../types/errors.ts';
import { problem } from '../../types/errors.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';

const LENGTH_BYTES = 4;

/**
 * Splits a binary batch: each transaction after its length in 4 bytes, big-endian. The parts are
 * views into `bytes`. Refuses `malformed` framing and `too-large` counts and lengths as a whole.
 */
export function splitBatch(bytes: Uint8Array): Result<readonly Uint8Array[], Problem> {
  const frame = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < LENGTH_BYTES) return truncated(parts.length);
    const length = frame.getUint32(offset);
    offset += LENGTH_BYTES;
    if (length > WIRE_LIMITS.transactionBytesMax.value) {
      return err(problem('too-large', `Transaction ${parts.length} is ${length} bytes long.`));
    }
    if (length === 0 || length > bytes.length - offset) return truncated(parts.length);
    if (parts.length === API_LIMITS.batchTxsMax.value) {
      return err(problem('too-large', `More than ${parts.length} transactions.`));
    }
    // A plain view, never Buffer's own slice: the core relies on Uint8Array's semantics.
    parts.push(new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length));
    offset += length;
  }
  if (parts.length === 0) return err(problem('malformed', 'The batch has no transaction.'));
  return ok(parts);
}

function truncated(index: number): Result<never, Problem> {
  return err(
    problem('malformed', `The length of transaction ${index} does not fit the bytes that follow.`),
  );
}
