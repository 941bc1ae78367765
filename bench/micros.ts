import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type CutFigures = {
  readonly transactions: number;
  readonly cuts: number;
  readonly msByPart: Readonly<Record<string, number>>;
};

export type VerifyFigures = {
  readonly backend: string;
  readonly usPerSignature: Readonly<Record<string, number>>;
  readonly nobleOverBackend: number;
  readonly usByBatchSize: Readonly<Record<string, number>>;
};

/** Runs a bench of bench/micro in a process of its own; it prints one JSON document. */
async function runMicro<T>(name: string, ...args: readonly string[]): Promise<T> {
  const file = fileURLToPath(new URL(`./micro/${name}.js`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args]);
  return JSON.parse(stdout) as T;
}

export function measureCut(transactions: number): Promise<CutFigures> {
  return runMicro('cut', String(transactions));
}

export function measureVerify(): Promise<VerifyFigures> {
  return runMicro('verify');
}
