import { readFileSync } from 'node:fs';
import { encodeGenesisJson, parseGenesis } from '../codec/genesis.ts';
import type { Genesis, Params } from '../types/genesis.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import { configError } from './operator-error.ts';

/** What a genesis gets when its author says nothing. */
export const DEFAULT_PARAMS: Params = {
  minFee: 1n,
  laneWindowMax: 64,
  blockTxsMax: WIRE_LIMITS.blockTxsMax.value,
  blockBytesMax: WIRE_LIMITS.blockBytesMax.value,
};

/** Throws an OperatorError that names the field which is wrong. */
export function readGenesisFile(path: string): Genesis {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw configError(`the genesis file ${path} cannot be read: ${(cause as Error).message}`);
  }
  const genesis = parseGenesis(json);
  if (genesis.ok) return genesis.value;
  throw configError(`${path}: ${genesis.error.detail}`);
}

export function genesisText(genesis: Genesis): string {
  return `${JSON.stringify(encodeGenesisJson(genesis), null, 1)}\n`;
}
