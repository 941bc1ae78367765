import type { Result } from '../../std/result.ts';
import type { Trace } from '../trace/trace.ts';
import type { BitcoinBlock, BitcoinOutput } from './bitcoin-block.ts';
import { Recording } from './recording.ts';

/**
 * A block's payments as a trace. Kept: the dependency graph, the order, fan-in and fan-out, owners
 * (one per distinct scriptPubKey), amounts and fees in satoshis, wire sizes. Not kept, since nobody
 * has the keys: scripts and signatures; the replay makes new ones.
 *
 * Decisions where Bitcoin and this ledger differ:
 * - The coinbase is no payment. OP_RETURN outputs carry data, not money that can be spent: dropped,
 *   their value falls to the fee.
 * - An amount of zero is not allowed here: such an output becomes 1 satoshi, at the cost of the fee
 *   (or, when there is none, of a genesis output: liftFees with a minimum of 0).
 * - Fees stay what they were, 0 included. The replay lifts them to the ledger's minimum.
 * - What does not fit this ledger's bounds, or creates nothing spendable, is left out and counted; what
 *   it created is then part of genesis, like any output of an earlier block.
 * - Without undo data the outputs of earlier blocks are unknown: each gets an owner of its own (in a
 *   transaction with more of them than OWNERS_MAX (recording.ts) they share that many, so that its signatures fit),
 *   and together they are worth what the transaction needs for a fee of 1 satoshi per virtual byte.
 */
export function traceOfBitcoinBlock(
  block: BitcoinBlock,
  undo: readonly BitcoinOutput[] | null,
  source: Trace['source'],
): Result<Trace, string> {
  const recording = new Recording();
  let undoAt = 0;
  for (const tx of block.transactions.slice(1)) {
    const { txid, inputs, bytes, virtualBytes } = tx;
    const spent = undo?.slice(undoAt, undoAt + inputs.length) ?? null;
    const outputs = tx.outputs.map((output) => ({
      ...output,
      isData: output.script[0] === OP_RETURN,
    }));
    const fee = BigInt(virtualBytes);
    recording.add({ txid, inputs, outputs, bytes, fee, atMs: null }, spent);
    undoAt += inputs.length;
  }
  const values =
    undo === null
      ? 'no undo data: owners and amounts of inputs from earlier blocks are made up'
      : 'inputs from undo data';
  const notes = [...(source.notes ?? []), ...block.notes, values, recording.note('OP_RETURN')];
  const name = `bitcoin-${block.hash}`;
  return recording.finish({ name, seed: block.hash, source: { ...source, notes } });
}

const OP_RETURN = 0x6a;
