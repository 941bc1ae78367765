import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A hundred replicas in one process. */
const HEAP_MIB = 12_000;

export type CutFigures = {
  readonly transactions: number;
  readonly cuts: number;
  readonly msByPart: Readonly<Record<string, number>>;
  readonly longestMsByPart: Readonly<Record<string, number>>;
};

export type VerifyFigures = {
  readonly backend: string;
  readonly usPerSignature: Readonly<Record<string, number>>;
  readonly nobleOverBackend: number;
  readonly usByBatchSize: Readonly<Record<string, number>>;
};

/** Of one size of committee and one block interval; of every validator where it says nothing else. */
export type CommitteeFigures = {
  readonly validators: number;
  readonly intervalMs: number;
  readonly perSecond: number;
  /** Of all validators together. */
  readonly blocksPerSecond: number;
  readonly txsPerBlock: number;
  readonly usPerTx: { readonly step: number; readonly decode: number; readonly root: number };
  /** Sent. */
  readonly bytesPerTx: number;
  readonly messagesPerTx: number;
  readonly bytesPerBlock: number;
};

/** Runs a bench of bench/micro in a process of its own; it prints one JSON document. */
async function runMicro<T>(name: string, ...args: readonly string[]): Promise<T> {
  const file = fileURLToPath(new URL(`./micro/${name}.js`, import.meta.url));
  const flags = [`--max-old-space-size=${HEAP_MIB}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file, ...args]);
  return JSON.parse(stdout) as T;
}

export function measureCut(transactions: number): Promise<CutFigures> {
  return runMicro('cut', String(transactions));
}

export function measureVerify(): Promise<VerifyFigures> {
  return runMicro('verify');
}

export function measureCommittee(
  validators: number,
  intervalMs: number,
  perSecond: number,
  seconds: number,
): Promise<CommitteeFigures> {
  return runMicro('growth', ...[validators, intervalMs, perSecond, seconds].map(String));
}
