import { err, ok, type Result } from '../../std/result.ts';
import { BITCOIN_BLOCK_BYTES_MAX, type BitcoinOutput, readOutput } from './bitcoin-block.ts';
import { ByteCursor, ByteCursorError } from './byte-cursor.ts';

/**
 * The outputs that a block spends, one record {value u64, length, scriptPubKey} for each input of each
 * transaction but the coinbase, in the block's order: the plain form of bcoin's test data, not the
 * compressed one of Bitcoin Core's rev files.
 *
 * `inputs`: how many records there must be. Errors: a short or long file, lying lengths.
 */
export function parseBitcoinUndo(
  bytes: Uint8Array,
  inputs: number,
): Result<readonly BitcoinOutput[], string> {
  if (bytes.length > BITCOIN_BLOCK_BYTES_MAX) {
    return err(`undo data has at most ${BITCOIN_BLOCK_BYTES_MAX} bytes, this ${bytes.length}`);
  }
  const cursor = new ByteCursor(bytes);
  const spent: BitcoinOutput[] = [];
  try {
    while (cursor.left > 0) spent.push(readOutput(cursor));
  } catch (error) {
    if (error instanceof ByteCursorError) return err(`not undo data: ${error.message}`);
    throw error;
  }
  if (spent.length !== inputs) {
    return err(`the block has ${inputs} inputs, the undo data ${spent.length} outputs`);
  }
  return ok(spent);
}
