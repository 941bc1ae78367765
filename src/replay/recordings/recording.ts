import { isIntegerIn } from '../../std/integer.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import type { Trace, TraceInput, TraceOutput, TraceTransaction } from '../trace/trace.ts';
import { liftFees } from '../trace/trace-arithmetic.ts';
import { checkTrace } from '../trace/trace-check.ts';

/** Most owners of unknown outputs in one transaction. */
export const OWNERS_MAX = 512;
/** Upper estimates of the encoding's parts: an outpoint, an output, a witness with its key, the rest. */
const INPUT_BYTES = 34;
const OUTPUT_BYTES = 42;
const WITNESS_BYTES = 100;
const FRAME_BYTES = 64;

type Known = { readonly input: TraceInput; readonly output: TraceOutput };

/** A transaction of another system, as far as a trace keeps it. */
export type RecordedTransaction = {
  readonly txid: string;
  readonly inputs: readonly { readonly txid: string; readonly index: number }[];
  readonly outputs: readonly RecordedOutput[];
  readonly bytes: number;
  /** What it leaves to the ledger, where the amounts of its inputs are not known. */
  readonly fee: bigint;
  readonly atMs: number | null;
};

/** `script`: whoever has the same one is the same owner. */
export type RecordedOutput = {
  readonly value: bigint;
  readonly script: Uint8Array;
  /** Carries data, not money that can be spent. */
  readonly isData?: boolean;
};

/**
 * Makes a trace of recorded transactions, given in an order in which each comes after those that it
 * spends from. What it changes is counted, and told by `note`.
 */
export class Recording {
  private readonly genesis: TraceOutput[] = [];
  private readonly txs: TraceTransaction[] = [];
  private readonly owners = new Map<string, number>();
  /** Spendable outputs of this block, by wire outpoint; those of left-out transactions are in genesis. */
  private readonly created = new Map<string, Known>();
  private readonly counts = { data: 0, zero: 0, omitted: 0 };

  /** `spent`: what its inputs hold, in their order; null: that is known of this recording alone. */
  add(tx: RecordedTransaction, spent: readonly RecordedOutput[] | null): void {
    const kept = tx.outputs
      .map((output, index) => ({ ...output, index }))
      .filter(({ isData }) => isData !== true);
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
    this.txs.push({ atMs: tx.atMs, inputs, outputs, wireBytes: tx.bytes, rivals: [] });
  }

  note(dataName: string): string {
    const { data, zero, omitted } = this.counts;
    return `${data} ${dataName} outputs dropped, ${zero} zero amounts raised to 1, ${omitted} transactions left out`;
  }

  finish(about: Pick<Trace, 'name' | 'seed' | 'source'>): Result<Trace, string> {
    const { genesis, txs } = this;
    if (txs.length === 0) return err('no payments');
    if (!txs.every(({ atMs }) => atMs === null || isIntegerIn(atMs, 0, Number.MAX_SAFE_INTEGER))) {
      return err('a payment before the first one, or too long after it');
    }
    const trace: Trace = { ...about, owners: this.owners.size, genesis, txs };
    const checked = checkTrace(liftFees(trace, 0n).trace);
    if (checked.ok) return ok(checked.value);
    return err(`transaction ${checked.error.line - 1}: ${checked.error.detail}`);
  }

  private fits(
    tx: RecordedTransaction,
    kept: readonly RecordedOutput[],
    spent: readonly RecordedOutput[] | null,
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

  private omit(
    tx: RecordedTransaction,
    kept: readonly (RecordedOutput & { index: number })[],
  ): void {
    this.counts.omitted += 1;
    for (const output of kept) {
      const traced = this.output(output);
      const input = this.fund(traced);
      this.created.set(`${tx.txid}:${output.index}`, { input, output: traced });
    }
  }

  private inputs(tx: RecordedTransaction, spent: readonly RecordedOutput[] | null): TraceInput[] {
    const unknown: number[] = [];
    let missing = tx.fee;
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

  private output({ value, script }: RecordedOutput): TraceOutput {
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
