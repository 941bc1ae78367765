import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import {
  encodeGenesisJson,
  encodeGenesisLines,
  parseGenesis,
  parseGenesisHead,
  parseGenesisLines,
} from '../../codec/genesis.ts';
import { packOutputs } from '../../codec/genesis-outputs.ts';
import { readJson } from '../../codec/json-fields.ts';
import { faultsOf } from '../../committee/committee.ts';
import type { Result } from '../../std/result.ts';
import type { Problem } from '../../types/errors.ts';
import type { Genesis, GenesisOutputs, Params } from '../../types/genesis.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import type { Output } from '../../types/transaction.ts';
import { configError } from '../operator-error.ts';
import { readJsonFile } from './json-file.ts';
import { textLines } from './text-lines.ts';

/** What a genesis gets when its author says nothing. */
export const DEFAULT_PARAMS: Params = {
  minFee: 1n,
  laneWindowMax: 64,
  blockTxsMax: WIRE_LIMITS.blockTxsMax.value,
  blockBytesMax: WIRE_LIMITS.blockBytesMax.value,
};

/** What of a network's genesis is to be chosen: who checks witnesses, and whether lanes begin again. */
export type Variant = {
  readonly validators: number;
  /** Left out: they are shared where f > 0; else the author alone would vouch (docs/adr/0018). */
  readonly sharedChecks?: boolean;
  readonly generationEpochs?: number;
};

export function varied(
  { validators, sharedChecks = faultsOf(validators) > 0, generationEpochs }: Variant,
  params: Params,
): Params {
  return {
    ...params,
    ...(sharedChecks ? { sharedChecks } : {}),
    ...(generationEpochs === undefined ? {} : { generationEpochs }),
  };
}

/** More outputs than this are written one per line, and left out where a genesis is shown. */
export const LISTED_MAX = 10_000;
/** Lines that are written at a time. */
const LINES_PER_WRITE = 10_000;

/**
 * Reads either form: one JSON value, or lines (codec/genesis). Throws an OperatorError that names the
 * field which is wrong.
 */
export function readGenesisFile(path: string): Genesis {
  return explained(path, () => {
    if (isLineForm(path)) return parseGenesisLines(jsonLines(path));
    return parseGenesis(readJsonFile(path));
  });
}

/**
 * The same for a file of which the bytes were read and checked before: if it has lines, only its first one is
 * read now, the outputs each time when somebody asks for them.
 */
export function openGenesisFile(path: string): Genesis {
  if (!isLineForm(path)) return readGenesisFile(path);
  const [head] = jsonLines(path);
  return explained(path, () =>
    parseGenesisHead(head, function* () {
      const lines = jsonLines(path);
      lines.next();
      yield* lines;
    }),
  );
}

/**
 * Those of a genesis file that was read: in memory, 41 bytes each, until they are let go, then in the file.
 * A node fills its store with them once; afterwards hardly anybody asks.
 */
export class HeldOutputs implements GenesisOutputs {
  readonly #file: string;
  #outputs: GenesisOutputs;

  constructor(file: string, outputs: GenesisOutputs) {
    this.#file = file;
    this.#outputs = outputs;
  }

  get length(): number {
    return this.#outputs.length;
  }

  [Symbol.iterator](): Iterator<Output> {
    return this.#outputs[Symbol.iterator]();
  }

  /** Few ones stay. */
  letGo(): void {
    if (this.length > LISTED_MAX) this.#outputs = openGenesisFile(this.#file).outputs;
  }
}

/** `named` and those that a file has, one per line, as genesis files in the form of lines have them. */
export function readOutputsFile(
  path: string,
  named: readonly Output[],
  prefix: string,
): GenesisOutputs {
  const read = () => readJson(() => packOutputs(jsonLines(path), named, prefix));
  return explained(path, read, 'the file of outputs');
}

/** In the form that suits its size. */
export function writeGenesisFile(path: string, genesis: Genesis): void {
  if (genesis.outputs.length <= LISTED_MAX) {
    writeFileSync(path, `${JSON.stringify(encodeGenesisJson(genesis), null, 1)}\n`);
    return;
  }
  const file = openSync(path, 'w');
  try {
    let lines: string[] = [];
    const write = (): void => {
      writeSync(file, lines.map((line) => `${line}\n`).join(''));
      lines = [];
    };
    for (const line of encodeGenesisLines(genesis)) {
      if (lines.push(line) === LINES_PER_WRITE) write();
    }
    write();
  } finally {
    closeSync(file);
  }
}

function explained<T>(path: string, read: () => Result<T, Problem>, name = 'the genesis file'): T {
  let found: Result<T, Problem>;
  try {
    found = read();
  } catch (cause) {
    throw configError(`${name} ${path} cannot be read: ${(cause as Error).message}`);
  }
  if (found.ok) return found.value;
  throw configError(`${path}: ${found.error.detail}`);
}

/** Of the forms only this one has a whole JSON value in its first line whose outputs are a number. */
function isLineForm(path: string): boolean {
  const [first] = textLines(path);
  try {
    const head: unknown = JSON.parse(first ?? '');
    return typeof (head as { outputs?: unknown } | null)?.outputs === 'number';
  } catch {
    return false;
  }
}

function* jsonLines(path: string): Generator<unknown> {
  let number = 0;
  for (const line of textLines(path)) {
    number += 1;
    try {
      yield JSON.parse(line);
    } catch {
      throw new Error(`line ${number} is not JSON`);
    }
  }
}
