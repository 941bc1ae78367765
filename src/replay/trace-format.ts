import { err, ok, type Result } from '../std/result.ts';
import type { Trace, TraceOutput, TraceProblem, TraceSource, TraceTransaction } from './trace.ts';

/**
 * The text form `althing.utxo/1`: UTF-8, one JSON value per line, integers only.
 *
 *   {"format":"althing.utxo/1","name":…,"owners":n,"seed":hex64,"genesis":[[owner,amount],…],"tx":count,"source":{…}}
 *   {"t":ms,"i":[[tx,index],…],"o":[[owner,amount],…],"b":bytes,"x":[tx,…]}
 *
 * `i`: [-1,k] is output k of `genesis`. `t`, `b` and `x` may be absent. Strict: an unknown or repeated
 * meaning is an error, so that a trace says the same thing to every reader.
 */
export const TRACE_FORMAT = 'althing.utxo/1';

export const TRACE_LIMITS = {
  lineBytesMax: 67_108_864,
  transactionsMax: 2_000_000,
  ownersMax: 4_000_000,
} as const;

export type TraceHeader = Omit<Trace, 'txs'> & { readonly transactions: number };

type Fields = Readonly<Record<string, unknown>>;

/** Internal to the parsers below; its message becomes a TraceProblem. */
class Malformed extends Error {}

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

function guarded<T>(line: number, parse: () => T): Result<T, TraceProblem> {
  try {
    return ok(parse());
  } catch (error) {
    if (error instanceof Malformed) return err({ line, detail: error.message });
    throw error;
  }
}

function objectOf(line: string, keys: readonly string[]): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Malformed('not JSON');
  }
  return fieldsOf(value, 'line', keys);
}

function fieldsOf(value: unknown, what: string, keys: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed(`${what} is not an object`);
  }
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new Malformed(`unknown field "${unknown}"`);
  return value as Fields;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed(`${what} is not a list`);
  return value;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 1000) {
    throw new Malformed(`${what} is not a text of 1 to 1000 characters`);
  }
  return value;
}

function integerOf(value: unknown, what: string, min: number, max = Number.MAX_SAFE_INTEGER) {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    throw new Malformed(`${what} is not an integer from ${min} to ${max}`);
  }
  return value as number;
}

function pairOf(value: unknown, what: string, min: number): [number, number] {
  if (!Array.isArray(value) || value.length !== 2) throw new Malformed(`${what} holds no pair`);
  return [integerOf(value[0], what, min), integerOf(value[1], what, 0)];
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

function sourceOf(value: unknown): TraceSource {
  const fields = fieldsOf(value, 'source', ['title', 'sha256', 'licence', 'notes']);
  const texts = (of: unknown, what: string) => listOf(of, what).map((item) => textOf(item, what));
  return {
    title: textOf(fields.title, 'source.title'),
    ...(fields.sha256 === undefined ? {} : { sha256: texts(fields.sha256, 'source.sha256') }),
    ...(fields.licence === undefined ? {} : { licence: textOf(fields.licence, 'source.licence') }),
    ...(fields.notes === undefined ? {} : { notes: texts(fields.notes, 'source.notes') }),
  };
}

/** Bitcoin's whole supply is below 2^53 satoshis, so a JSON integer holds any of its amounts exactly. */
function pairFor(output: TraceOutput): [number, number] {
  if (output.amount > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`an amount of ${output.amount} does not fit the trace format`);
  }
  return [output.owner, Number(output.amount)];
}
