/** An output as a trace knows it: who owns it and how much it holds. */
export type TraceOutput = { readonly owner: number; readonly amount: bigint };

/** Output `index` of transaction `tx` of the trace; tx -1 is the genesis list. */
export type TraceInput = { readonly tx: number; readonly index: number };

export const GENESIS_TX = -1;

export type TraceTransaction = {
  /** Milliseconds after the start; null: the replay's rate decides. */
  readonly atMs: number | null;
  readonly inputs: readonly TraceInput[];
  readonly outputs: readonly TraceOutput[];
  /** Size in the system that it was recorded from; null when there was none. */
  readonly wireBytes: number | null;
  /** Earlier transactions with which this one deliberately shares an input. */
  readonly rivals: readonly number[];
};

/** Where a trace comes from. `title` says it in words, `sha256` names the files that were read. */
export type TraceSource = {
  readonly title: string;
  readonly sha256?: readonly string[];
  readonly licence?: string;
  readonly notes?: readonly string[];
};

/**
 * Transactions in an order in which each comes after those that it spends from. What a trace keeps of
 * its source: the dependency graph, fan-in, fan-out, who owns what, and the amounts. Keys, locks and
 * signatures are made when it is replayed.
 */
export type Trace = {
  readonly name: string;
  /** Owners are the numbers 0..owners-1. */
  readonly owners: number;
  /** 64 hex digits; owners' keys are derived from it (and from the run). */
  readonly seed: string;
  readonly genesis: readonly TraceOutput[];
  readonly txs: readonly TraceTransaction[];
  readonly source: TraceSource;
};

/** What is wrong with a trace; `line` counts from 1, 0 means the file as a whole. */
export type TraceProblem = { readonly line: number; readonly detail: string };

/** "tx:index", the key of an output within a trace. */
export function traceOutputKey(input: TraceInput): string {
  return `${input.tx}:${input.index}`;
}

/** The output that `input` names. Only for traces that `checkTrace` passed. */
export function spentOutput(trace: Trace, input: TraceInput): TraceOutput {
  const outputs = input.tx === GENESIS_TX ? trace.genesis : trace.txs[input.tx]?.outputs;
  const output = outputs?.[input.index];
  if (output === undefined) throw new RangeError(`no output ${traceOutputKey(input)} in the trace`);
  return output;
}
