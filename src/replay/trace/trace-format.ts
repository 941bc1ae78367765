import type { Result } from '../../std/result.ts';
import {
  guarded,
  integerOf,
  listOf,
  Malformed,
  objectOf,
  pairOf,
  sourceOf,
  textOf,
} from './strict-json.ts';
import type { Trace, TraceOutput, TraceProblem, TraceTransaction } from './trace.ts';

/**
 * The text form `althing.utxo/1`: UTF-8, one JSON value per line, integers only.
 *
 *   {"format":"althing.utxo/1","name":…,"owners":n,"seed":hex64,"genesis":[[owner,amount],…],"tx":count,"source":{…}}
 *   {"t":ms,"i":[[tx,index],…],"o":[[owner,amount],…],"b":bytes,"x":[tx,…]}
 *
 * `i`: [-1,k] is output k of `genesis`. `t`, `b` and `x` may be absent. Strict: an unknown or repeated
 * meaning is an error, so that a trace says the same thing to every reader.
 */
const TRACE_FORMAT = 'althing.utxo/1';

export const TRACE_LIMITS = {
  lineBytesMax: 67_108_864,
  transactionsMax: 2_000_000,
  ownersMax: 4_000_000,
} as const;

export type TraceHeader = Omit<Trace, 'txs'> & { readonly transactions: number };

export function parseTraceHeader(line: string): Result<TraceHeader, TraceProblem> {
  return guarded(1, () => {
    const keys = ['format', 'name', 'owners', 'seed', 'genesis', 'tx', 'source'];
    const fields = objectOf(line, keys);
    if (fields.format !== TRACE_FORMAT) throw new Malformed(`format is not "${TRACE_FORMAT}"`);
    return {
      name: textOf(fields.name, 'name'),
      owners: integerOf(fields.owners, 'owners', 1, TRACE_LIMITS.ownersMax),
      seed: seedOf(fields.seed),
      genesis: listOf(fields.genesis, 'genesis').map(outputOf),
      transactions: integerOf(fields.tx, 'tx', 0, TRACE_LIMITS.transactionsMax),
      source: sourceOf(fields.source),
    };
  });
}

/** `lineNumber` counts from 1 (the header), for the error. */
export function parseTraceTransaction(
  line: string,
  lineNumber: number,
): Result<TraceTransaction, TraceProblem> {
  return guarded(lineNumber, () => {
    const fields = objectOf(line, ['t', 'i', 'o', 'b', 'x']);
    return {
      atMs: fields.t === undefined ? null : integerOf(fields.t, 't', 0),
      inputs: listOf(fields.i, 'i').map((pair) => {
        const [tx, index] = pairOf(pair, 'i', -1);
        return { tx, index };
      }),
      outputs: listOf(fields.o, 'o').map(outputOf),
      wireBytes: fields.b === undefined ? null : integerOf(fields.b, 'b', 1),
      rivals: fields.x === undefined ? [] : rivalsOf(fields.x),
    };
  });
}

export function formatTraceHeader(trace: Trace): string {
  const { name, owners, seed, source } = trace;
  const genesis = trace.genesis.map(pairFor);
  const tx = trace.txs.length;
  return JSON.stringify({ format: TRACE_FORMAT, name, owners, seed, genesis, tx, source });
}

export function formatTraceTransaction(tx: TraceTransaction): string {
  return JSON.stringify({
    ...(tx.atMs === null ? {} : { t: tx.atMs }),
    i: tx.inputs.map((input) => [input.tx, input.index]),
    o: tx.outputs.map(pairFor),
    ...(tx.wireBytes === null ? {} : { b: tx.wireBytes }),
    ...(tx.rivals.length === 0 ? {} : { x: tx.rivals }),
  });
}

function outputOf(value: unknown): TraceOutput {
  const [owner, amount] = pairOf(value, 'output', 0);
  return { owner, amount: BigInt(amount) };
}

function rivalsOf(value: unknown): number[] {
  const rivals = listOf(value, 'x').map((rival) => integerOf(rival, 'x', 0));
  if (rivals.length === 0 || new Set(rivals).size !== rivals.length) {
    throw new Malformed('x is empty or names a rival twice');
  }
  return rivals;
}

function seedOf(value: unknown): string {
  const seed = textOf(value, 'seed');
  if (!/^[0-9a-f]{64}$/.test(seed)) throw new Malformed('seed is not 64 lower-case hex digits');
  return seed;
}

/** Bitcoin's whole supply is below 2^53 satoshis, so a JSON integer holds any of its amounts exactly. */
function pairFor(output: TraceOutput): [number, number] {
  if (output.amount > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`an amount of ${output.amount} does not fit the trace format`);
  }
  return [output.owner, Number(output.amount)];
}
