import { basename } from 'node:path';
import { err, type Result } from '../../std/result.ts';
import { sha256Of } from '../sha256.ts';
import type { Trace } from '../trace/trace.ts';
import { BITCOIN_BLOCK_BYTES_MAX, parseBitcoinBlock } from './bitcoin-block.ts';
import { traceOfBitcoinBlock } from './bitcoin-trace.ts';
import { parseBitcoinUndo } from './bitcoin-undo.ts';
import { readBounded } from './bounded-file.ts';

/**
 * Reads one raw block (and its undo data, when given) and converts it (bitcoin-trace.ts).
 * Errors: a file that is missing, too large, no block, or undo data of another block.
 */
export async function convertBitcoinFiles(
  blockPath: string,
  undoPath: string | null,
): Promise<Result<Trace, string>> {
  const blockBytes = await readBounded(blockPath, BITCOIN_BLOCK_BYTES_MAX);
  if (!blockBytes.ok) return blockBytes;
  const block = parseBitcoinBlock(blockBytes.value);
  if (!block.ok) return err(`${blockPath}: ${block.error}`);
  const sha256 = [sha256Of(blockBytes.value)];
  const date = new Date(block.value.timeSeconds * 1000).toISOString().slice(0, 10);
  const title = `Bitcoin block ${block.value.hash} of ${date}, ${basename(blockPath)}`;
  if (undoPath === null) return traceOfBitcoinBlock(block.value, null, { title, sha256 });
  const undoBytes = await readBounded(undoPath, BITCOIN_BLOCK_BYTES_MAX);
  if (!undoBytes.ok) return undoBytes;
  const inputs = block.value.transactions.slice(1).reduce((n, tx) => n + tx.inputs.length, 0);
  const undo = parseBitcoinUndo(undoBytes.value, inputs);
  if (!undo.ok) return err(`${undoPath}: ${undo.error}`);
  sha256.push(sha256Of(undoBytes.value));
  return traceOfBitcoinBlock(block.value, undo.value, { title, sha256 });
}
