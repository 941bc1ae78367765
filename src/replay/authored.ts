import { join } from 'node:path';
import { type SynthesizeOptions, synthesizeTrace } from './synthesize.ts';
import type { Trace } from './trace.ts';
import { writeTraceFile } from './trace-file.ts';

const SEED = 'althing';

/** The traces that the repository ships, in traces/. */
export const AUTHORED: readonly SynthesizeOptions[] = [
  { kind: 'uniform', transactions: 400, seed: SEED },
  { kind: 'hot-owner', transactions: 400, seed: SEED },
  { kind: 'chains', transactions: 400, seed: SEED },
  { kind: 'double-spends', transactions: 1000, seed: SEED },
];

export function traceFileName(trace: Trace): string {
  return `${trace.name}.utxo.ndjson`;
}

/** Writes all of them into a folder that exists; the same bytes every time. */
export async function writeAuthoredTraces(
  folder: string,
): Promise<readonly { readonly file: string; readonly sha256: string }[]> {
  const written: { file: string; sha256: string }[] = [];
  for (const options of AUTHORED) {
    const trace = synthesizeTrace(options);
    const file = traceFileName(trace);
    written.push({ file, sha256: await writeTraceFile(join(folder, file), trace) });
  }
  return written;
}
