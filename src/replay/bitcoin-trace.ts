import { err, ok, type Result } from '../std/result.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { BitcoinBlock, BitcoinOutput, BitcoinTransaction } from './bitcoin-block.ts';
import type { Trace, TraceInput, TraceOutput, TraceTransaction } from './trace.ts';
import { liftFees } from './trace-arithmetic.ts';
import { checkTrace } from './trace-check.ts';

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
 *   transaction with more of them than OWNERS_MAX they share that many, so that its signatures fit),
 *   and together they are worth what the transaction needs for a fee of 1 satoshi per virtual byte.
 */
export function traceOfBitcoinBlock(
  block: BitcoinBlock,
  undo: readonly BitcoinOutput[] | null,
  source: Trace['source'],
): Result<Trace, string> {
  const conversion = new Conversion(undo !== null);
  let undoAt = 0;
  for (const tx of block.transactions.slice(1)) {
    conversion.add(tx, undo?.slice(undoAt, undoAt + tx.inputs.length) ?? null);
    undoAt += tx.inputs.length;
  }
  const notes = [...(source.notes ?? []), ...block.notes, ...conversion.notes()];
  const trace: Trace = {
    name: `bitcoin-${block.hash}`,
    owners: conversion.ownerCount,
    seed: block.hash,
    genesis: conversion.genesis,
    txs: conversion.txs,
    source: { ...source, notes },
  };
  const checked = checkTrace(liftFees(trace, 0n).trace);
  return checked.ok
    ? ok(checked.value)
    : err(`transaction ${checked.error.line - 1}: ${checked.error.detail}`);
}

const OP_RETURN = 0x6a;
/** Most owners of unknown outputs in one transaction. */
export const OWNERS_MAX = 512;
/** Upper estimates of the encoding's parts: an outpoint, an output, a witness with its key, the rest. */
const INPUT_BYTES = 34;
const OUTPUT_BYTES = 42;
const WITNESS_BYTES = 100;
const FRAME_BYTES = 64;

type Known = { readonly input: TraceInput; readonly output: TraceOutput };

class Conversion {
  readonly genesis: TraceOutput[] = [];
  readonly txs: TraceTransaction[] = [];
  private readonly valuesKnown: boolean;
  private readonly owners = new Map<string, number>();
  /** Spendable outputs of this block, by wire outpoint; those of left-out transactions are in genesis. */
  private readonly created = new Map<string, Known>();
  private readonly counts = { data: 0, zero: 0, omitted: 0 };

  constructor(valuesKnown: boolean) {
    this.valuesKnown = valuesKnown;
  }

  get ownerCount(): number {
    return this.owners.size;
  }

  add(tx: BitcoinTransaction, spent: readonly BitcoinOutput[] | null): void {
    const kept = tx.outputs
      .map((output, index) => ({ ...output, index }))
      .filter(({ script }) => script[0] !== OP_RETURN);
    this.counts.data += tx.outputs.length - kept.length;
    if (!this.fits(tx, kept, spent)) {
      this.omit(tx, kept);
      return;
    }
    const inputs = this.inputs(tx, spent);
    const outputs = kept.map((output) => this.output(output));
    kept.forEach(({ index }, at) => {
      const input = { tx: this.txs.length, index: at };
      this.created.set(`${tx.txid}:${index}`, { input, output: outputs[at]! });
    });
    this.txs.push({ atMs: null, inputs, outputs, wireBytes: tx.bytes, rivals: [] });
  }

  notes(): string[] {
    const { data, zero, omitted } = this.counts;
    return [
      this.valuesKnown
        ? 'inputs from undo data'
        : 'no undo data: owners and amounts of inputs from earlier blocks are made up',
      `${data} OP_RETURN outputs dropped, ${zero} zero amounts raised to 1, ${omitted} transactions left out`,
    ];
  }

  private fits(
    tx: BitcoinTransaction,
    kept: readonly BitcoinOutput[],
    spent: readonly BitcoinOutput[] | null,
  ): boolean {
    const { inputsMax, outputsMax, transactionBytesMax } = WIRE_LIMITS;
    if (kept.length === 0 || kept.length > outputsMax.value) return false;
    if (tx.inputs.length > inputsMax.value) return false;
    const scripts = new Set<string>();
    let unknown = 0;
    tx.inputs.forEach(({ txid, index }, at) => {
      const known = this.created.get(`${txid}:${index}`);
      if (known !== undefined) scripts.add(`owner ${known.output.owner}`);
      else if (spent !== null) scripts.add(scriptKey(spent[at]!.script));
      else unknown += 1;
    });
    const witnesses = scripts.size + Math.min(unknown, OWNERS_MAX);
    const bytes =
      FRAME_BYTES +
      INPUT_BYTES * tx.inputs.length +
      OUTPUT_BYTES * kept.length +
      WITNESS_BYTES * witnesses;
    return bytes <= transactionBytesMax.value;
  }

  private omit(tx: BitcoinTransaction, kept: readonly (BitcoinOutput & { index: number })[]): void {
    this.counts.omitted += 1;
    for (const output of kept) {
      const traced = this.output(output);
      const input = this.fund(traced);
      this.created.set(`${tx.txid}:${output.index}`, { input, output: traced });
    }
  }

  private inputs(tx: BitcoinTransaction, spent: readonly BitcoinOutput[] | null): TraceInput[] {
    const unknown: number[] = [];
    let missing = BigInt(tx.virtualBytes);
    for (const output of tx.outputs) missing += output.value;
    const inputs = tx.inputs.map(({ txid, index }, at): TraceInput | null => {
      const known = this.created.get(`${txid}:${index}`);
      if (known !== undefined) {
        missing -= known.output.amount;
        return known.input;
      }
      if (spent !== null) return this.fund(this.output(spent[at]!));
      unknown.push(at);
      return null;
    });
    const share = unknown.length === 0 ? 0n : missing / BigInt(unknown.length);
    let rest = unknown.length === 0 ? 0n : missing % BigInt(unknown.length);
    unknown.forEach((at, place) => {
      const amount = share + (rest > 0n ? 1n : 0n);
      rest -= 1n;
      const owner = this.owner(`${tx.txid} input ${place % OWNERS_MAX}`);
      inputs[at] = this.fund({ owner, amount: amount > 0n ? amount : 1n });
    });
    return inputs.filter((input) => input !== null);
  }

  private fund(output: TraceOutput): TraceInput {
    this.genesis.push(output);
    return { tx: -1, index: this.genesis.length - 1 };
  }

  private output({ value, script }: BitcoinOutput): TraceOutput {
    if (value === 0n) this.counts.zero += 1;
    return { owner: this.owner(scriptKey(script)), amount: value === 0n ? 1n : value };
  }

  private owner(key: string): number {
    const owner = this.owners.get(key) ?? this.owners.size;
    this.owners.set(key, owner);
    return owner;
  }
}

function scriptKey(script: Uint8Array): string {
  return `script ${Buffer.from(script).toString('hex')}`;
}
