import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { err, type Result } from '../../std/result.ts';
import type { Trace, TraceProblem, TraceTransaction } from './trace.ts';
import { checkTrace } from './trace-check.ts';
import {
  formatTraceHeader,
  formatTraceTransaction,
  parseTraceHeader,
  parseTraceTransaction,
  TRACE_LIMITS,
  type TraceHeader,
} from './trace-format.ts';

/** A readable trace and the digest of the file's bytes as they are on disk. */
export type TraceFile = { readonly trace: Trace; readonly sha256: string };

/**
 * Reads and checks `*.utxo.ndjson` (or `.gz` of it). Errors, with the line: unreadable file, wrong form,
 * totals that do not match, or a trace that makes no sense as a ledger (trace-check.ts).
 */
export async function readTraceFile(path: string): Promise<Result<TraceFile, TraceProblem>> {
  const digest = createHash('sha256');
  const file = createReadStream(path).on('data', (chunk) => digest.update(chunk));
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => bytes.destroy(error));
  try {
    const read = await readTrace(bytes);
    return read.ok
      ? { ok: true, value: { trace: read.value, sha256: digest.digest('hex') } }
      : read;
  } catch (error) {
    return err({ line: 0, detail: `cannot be read: ${(error as Error).message}` });
  } finally {
    file.destroy();
  }
}

export async function readTrace(
  bytes: AsyncIterable<Uint8Array>,
): Promise<Result<Trace, TraceProblem>> {
  let header: TraceHeader | null = null;
  const txs: TraceTransaction[] = [];
  let number = 0;
  for await (const line of lines(bytes)) {
    number += 1;
    if (line === null) return err({ line: number, detail: 'the line is too long' });
    if (header === null) {
      const parsed = parseTraceHeader(line);
      if (!parsed.ok) return parsed;
      header = parsed.value;
      continue;
    }
    if (txs.length === header.transactions) {
      return err({ line: number, detail: `the header announced ${header.transactions} lines` });
    }
    const parsed = parseTraceTransaction(line, number);
    if (!parsed.ok) return parsed;
    txs.push(parsed.value);
  }
  if (header === null) return err({ line: 1, detail: 'the file is empty' });
  const { transactions, ...rest } = header;
  if (txs.length !== transactions) {
    return err({ line: 0, detail: `${txs.length} transactions, the header says ${transactions}` });
  }
  return checkTrace({ ...rest, txs });
}

/** The whole text; the same trace gives the same bytes. */
export function* formatTrace(trace: Trace): Generator<string> {
  yield `${formatTraceHeader(trace)}\n`;
  for (const tx of trace.txs) yield `${formatTraceTransaction(tx)}\n`;
}

/** Writes (gzipped if the name ends in .gz) and returns the sha256 of the file. */
export async function writeTraceFile(path: string, trace: Trace): Promise<string> {
  const digest = createHash('sha256');
  const hashed = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      digest.update(chunk);
      yield chunk;
    }
  };
  const text = Readable.from(formatTrace(trace), { objectMode: false });
  if (path.endsWith('.gz')) {
    await pipeline(text, createGzip({ level: 9 }), hashed, createWriteStream(path));
  } else {
    await pipeline(text, hashed, createWriteStream(path));
  }
  return digest.digest('hex');
}

/** Splits at \n; null in place of a line above the bound, after which it ends. */
async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string | null> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let at = rest.indexOf('\n', from); at >= 0; at = rest.indexOf('\n', from)) {
      yield rest.slice(from, at);
      from = at + 1;
    }
    rest = rest.slice(from);
    if (rest.length > TRACE_LIMITS.lineBytesMax) {
      yield null;
      return;
    }
  }
  if (rest.length > 0) yield rest;
}
