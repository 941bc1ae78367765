import { err, ok, type Result } from '../../std/result.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import { GENESIS_TX, type Trace, type TraceProblem, traceOutputKey } from './trace.ts';

/**
 * Does the trace make sense as a ledger? Every input names an earlier output; an output is spent once,
 * except by transactions that declare each other rivals; no transaction spends from a rival (nobody can
 * tell beforehand which of them wins); amounts are positive and no transaction creates more than it
 * spends; owners are in range and all of them used. Errors name the line of the file (header = 1).
 */
export function checkTrace(trace: Trace): Result<Trace, TraceProblem> {
  const check = new TraceCheck(trace);
  const detail = check.genesis();
  if (detail !== null) return err({ line: 1, detail });
  for (let at = 0; at < trace.txs.length; at++) {
    const wrong = check.transaction(at);
    if (wrong !== null) return err({ line: at + 2, detail: wrong });
  }
  const idle = check.firstIdleOwner();
  if (idle >= 0) return err({ line: 1, detail: `owner ${idle} owns nothing` });
  return ok(trace);
}

class TraceCheck {
  private readonly trace: Trace;
  private readonly spenders = new Map<string, number[]>();
  private readonly contested = new Set<number>();
  private readonly seen: Uint8Array;

  constructor(trace: Trace) {
    this.trace = trace;
    this.seen = new Uint8Array(trace.owners);
    trace.txs.forEach((tx, at) => {
      for (const rival of tx.rivals) this.contested.add(rival).add(at);
    });
  }

  genesis(): string | null {
    return this.outputs(this.trace.genesis);
  }

  transaction(at: number): string | null {
    const tx = this.trace.txs[at];
    if (tx === undefined) return 'missing';
    if (tx.inputs.length === 0 || tx.outputs.length === 0) return 'needs an input and an output';
    if (tx.inputs.length > WIRE_LIMITS.inputsMax.value) return 'has too many inputs';
    if (tx.outputs.length > WIRE_LIMITS.outputsMax.value) return 'has too many outputs';
    const wrongRival = tx.rivals.find((rival) => rival >= at);
    if (wrongRival !== undefined) return `its rival ${wrongRival} is not an earlier transaction`;
    return this.outputs(tx.outputs) ?? this.inputs(at) ?? this.conserved(at);
  }

  firstIdleOwner(): number {
    return this.seen.indexOf(0);
  }

  private outputs(outputs: Trace['genesis']): string | null {
    for (const { owner, amount } of outputs) {
      if (owner >= this.trace.owners) return `owner ${owner} is not below ${this.trace.owners}`;
      if (amount <= 0n) return 'an amount is not above zero';
      this.seen[owner] = 1;
    }
    return null;
  }

  private inputs(at: number): string | null {
    const { inputs, rivals } = this.trace.txs[at] as Trace['txs'][number];
    const unmet = new Set(rivals);
    const own = new Set<string>();
    for (const input of inputs) {
      const key = traceOutputKey(input);
      if (input.tx >= at) return `input ${key} is not of an earlier transaction`;
      if (this.contested.has(input.tx)) return `input ${key} is of a transaction with a rival`;
      if (this.amount(input) === undefined) return `input ${key} does not exist`;
      if (own.has(key)) return `input ${key} is named twice`;
      own.add(key);
      const earlier = this.spenders.get(key) ?? [];
      const undeclared = earlier.find((spender) => !rivals.includes(spender));
      if (undeclared !== undefined) return `input ${key} is already spent by ${undeclared}`;
      for (const spender of earlier) unmet.delete(spender);
      this.spenders.set(key, [...earlier, at]);
    }
    for (const rival of unmet) return `shares no input with its rival ${rival}`;
    return null;
  }

  private conserved(at: number): string | null {
    const { inputs, outputs } = this.trace.txs[at] as Trace['txs'][number];
    let left = 0n;
    for (const input of inputs) left += this.amount(input) ?? 0n;
    for (const output of outputs) left -= output.amount;
    return left < 0n ? `creates ${-left} more than it spends` : null;
  }

  private amount(input: { tx: number; index: number }): bigint | undefined {
    const from = input.tx === GENESIS_TX ? this.trace.genesis : this.trace.txs[input.tx]?.outputs;
    return from?.[input.index]?.amount;
  }
}
