import { readFile, stat, writeFile } from 'node:fs/promises';
import { err, ok, type Result } from '../../std/result.ts';
import { sha256Of } from '../sha256.ts';
import {
  fieldsOf,
  guarded,
  integerOf,
  listOf,
  Malformed,
  objectOf,
  pairOf,
  sourceOf,
  textOf,
} from '../trace/strict-json.ts';
import type { TraceProblem } from '../trace/trace.ts';
import { type RateStep, type RateTrace, rateTotals } from './rate-trace.ts';

/**
 * The text form `althing.rate/1`: one JSON object, integers only (traces/schema/rate.schema.json).
 *
 *   {"format":"althing.rate/1","name":…,"shape":"step","steps":[[second,perSecond],…,[end,0]],
 *    "totals":{"seconds":…,"transactions":…,"peakPerSecond":…},"source":{"title":…}}
 *
 * With `"shape":"counts"`, `"counts":[…]` holds the transactions of each second instead of `steps`.
 * `payees` (optional) are shares by name. The totals repeat what the table says: a typing error in one
 * of them does not get past a reader.
 */
const RATE_FORMAT = 'althing.rate/1';

/** How the name of such a file ends: a reader tells it by that from one of payments. */
export const RATES_END = '.rate.json';

const LIMITS = { fileBytes: 16_777_216, stepsMax: 1_000_000, perSecondMax: 10_000_000 } as const;
const KEYS = ['format', 'name', 'shape', 'steps', 'counts', 'payees', 'totals', 'source'];

export type RateFile = { readonly trace: RateTrace; readonly sha256: string };

/** `line` of the problem is 0: the form has no lines. */
export function parseRateTrace(text: string): Result<RateTrace, TraceProblem> {
  return guarded(0, () => {
    const fields = objectOf(text, KEYS);
    if (fields.format !== RATE_FORMAT) throw new Malformed(`format is not "${RATE_FORMAT}"`);
    const trace = {
      name: textOf(fields.name, 'name'),
      steps: stepsOf(fields),
      payees: fields.payees === undefined ? null : payeesOf(fields.payees),
      source: sourceOf(fields.source),
    };
    const stated = fieldsOf(fields.totals, 'totals', ['seconds', 'transactions', 'peakPerSecond']);
    for (const [name, value] of Object.entries(rateTotals(trace))) {
      if (stated[name] === value) continue;
      throw new Malformed(`totals.${name} is ${String(stated[name])}, the table says ${value}`);
    }
    return trace;
  });
}

export async function readRateFile(path: string): Promise<Result<RateFile, TraceProblem>> {
  let bytes: Buffer;
  try {
    const { size } = await stat(path);
    if (size > LIMITS.fileBytes) return err({ line: 0, detail: `${size} bytes is too much` });
    bytes = await readFile(path);
  } catch (error) {
    return err({ line: 0, detail: `cannot be read: ${(error as Error).message}` });
  }
  const trace = parseRateTrace(bytes.toString('utf8'));
  if (!trace.ok) return trace;
  return ok({ trace: trace.value, sha256: sha256Of(bytes) });
}

/** The same trace gives the same text; one step a line, so that two versions can be compared. */
export function formatRateTrace(trace: RateTrace): string {
  const { name, steps, payees, source } = trace;
  const table = steps.map(({ at, perSecond }) => `[${at},${perSecond}]`).join(',\n    ');
  const rest = { ...(payees === null ? {} : { payees }), totals: rateTotals(trace), source };
  const head = JSON.stringify({ format: RATE_FORMAT, name, shape: 'step' }, null, 2);
  const tail = JSON.stringify(rest, null, 2);
  return `${head.slice(0, -2)},\n  "steps": [\n    ${table}\n  ],${tail.slice(1)}\n`;
}

/** Returns the sha256 of the file. */
export async function writeRateFile(path: string, trace: RateTrace): Promise<string> {
  const text = formatRateTrace(trace);
  await writeFile(path, text);
  return sha256Of(text);
}

function stepsOf({ shape, steps, counts }: Readonly<Record<string, unknown>>): RateStep[] {
  if (shape === 'counts' && steps === undefined) {
    const rates = bounded(listOf(counts, 'counts')).map((count) => rateOf(count));
    return [
      ...rates.map((perSecond, at) => ({ at, perSecond })),
      { at: rates.length, perSecond: 0 },
    ];
  }
  if (shape !== 'step' || counts !== undefined) {
    throw new Malformed('shape is neither "step" with steps nor "counts" with counts');
  }
  const table = bounded(listOf(steps, 'steps')).map((pair) => {
    const [at, perSecond] = pairOf(pair, 'steps', 0);
    return { at, perSecond: rateOf(perSecond) };
  });
  if (table[0]?.at !== 0) throw new Malformed('the first step is not at second 0');
  const isAscending = table.every(({ at }, place) => place === 0 || at > table[place - 1]!.at);
  if (!isAscending) throw new Malformed('the steps do not ascend');
  if (table.at(-1)?.perSecond !== 0) throw new Malformed('the last step is not the end (rate 0)');
  return table;
}

function bounded(list: readonly unknown[]): readonly unknown[] {
  if (list.length > 0 && list.length <= LIMITS.stepsMax) return list;
  throw new Malformed(`a table of ${list.length} entries`);
}

function rateOf(value: unknown): number {
  return integerOf(value, 'rate', 0, LIMITS.perSecondMax);
}

function payeesOf(value: unknown): Record<string, number> {
  const names = Object.keys((value ?? {}) as object);
  const fields = fieldsOf(value, 'payees', names);
  if (names.length === 0) throw new Malformed('payees is empty');
  return Object.fromEntries(names.map((name) => [name, integerOf(fields[name], 'payees', 1)]));
}
