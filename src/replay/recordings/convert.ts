import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { err, ok, type Result } from '../../std/result.ts';
import { ratesOfDiablo } from '../rates/diablo.ts';
import { formatRateTrace, parseRateTrace } from '../rates/rate-format.ts';
import type { RateTrace } from '../rates/rate-trace.ts';
import { ratesOfTradeCounts } from '../rates/trade-counts.ts';
import { sha256Of } from '../sha256.ts';
import type { Trace, TraceSource } from '../trace/trace.ts';
import { convertBitcoinFiles } from './bitcoin-file.ts';
import { readBounded } from './bounded-file.ts';
import { traceOfCardanoChunk } from './cardano-trace.ts';
import { traceOfMempool } from './mempool-trace.ts';

/** What can be made into a trace; each is described where it is read. */
export const RECORDING_FORMS = ['bitcoin', 'mempool', 'cardano', 'diablo', 'trade-counts'] as const;
export type RecordingForm = (typeof RECORDING_FORMS)[number];

export type ConvertOptions = {
  readonly form: RecordingForm;
  readonly undo: string | null;
  readonly last: number | null;
};

/** What is made of it. */
export function kindOfTrace(form: RecordingForm): Converted['kind'] {
  return form === 'diablo' || form === 'trade-counts' ? 'rates' : 'payments';
}

export type Converted =
  | { readonly kind: 'payments'; readonly trace: Trace }
  | { readonly kind: 'rates'; readonly trace: RateTrace };

const BYTES_MAX = 268_435_456;

/** Reads one file (gzipped when its name ends in .gz). Its name and digest stand in the trace's source. */
export async function convertRecording(
  path: string,
  { form, undo, last }: ConvertOptions,
): Promise<Result<Converted, string>> {
  if (form === 'bitcoin') return payments(await convertBitcoinFiles(path, undo));
  const file = await readBounded(path, BYTES_MAX);
  if (!file.ok) return file;
  const content = contentOf(path, file.value);
  if (!content.ok) return content;
  const bytes = content.value;
  const source: TraceSource = {
    title: `${TITLES[form]}, ${basename(path)}`,
    sha256: [sha256Of(file.value)],
  };
  return convertContent(bytes, { form, last }, source);
}

/** The content of such a file; Bitcoin's blocks come in two. */
export function convertContent(
  bytes: Buffer,
  { form, last }: { form: Exclude<RecordingForm, 'bitcoin'>; last: number | null },
  source: TraceSource,
): Result<Converted, string> {
  switch (form) {
    case 'mempool':
      return payments(traceOfMempool(bytes.toString('utf8'), source, last));
    case 'cardano':
      return payments(traceOfCardanoChunk(bytes, source));
    case 'diablo':
      return rates(ratesOfDiablo(bytes.toString('utf8'), source));
    case 'trade-counts':
      return rates(ratesOfTradeCounts(bytes.toString('utf8'), source));
  }
}

function contentOf(path: string, file: Buffer): Result<Buffer, string> {
  if (!path.endsWith('.gz')) return ok(file);
  try {
    return ok(gunzipSync(file, { maxOutputLength: BYTES_MAX }));
  } catch (error) {
    return err(`${path}: ${(error as Error).message}`);
  }
}

const TITLES: Readonly<Record<Exclude<RecordingForm, 'bitcoin'>, string>> = {
  mempool: 'Unconfirmed transactions of a Bitcoin node',
  cardano: "A chunk of Cardano's immutable database",
  diablo: 'A workload of Diablo',
  'trade-counts': 'Trades by second',
};

function payments(converted: Result<Trace, string>): Result<Converted, string> {
  return converted.ok ? ok({ kind: 'payments', trace: converted.value }) : converted;
}

function rates(converted: Result<RateTrace, string>): Result<Converted, string> {
  if (!converted.ok) return converted;
  // What nobody could read afterwards must not be written.
  const read = parseRateTrace(formatRateTrace(converted.value));
  return read.ok ? ok({ kind: 'rates', trace: converted.value }) : err(read.error.detail);
}
