import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../storage/make-folder.ts';
import type { Genesis } from '../../types/genesis.ts';
import { CONFIG_FILE, writeConfigFile } from './config.ts';
import { writeGenesisFile } from './genesis-file.ts';
import { writeKeyFile } from './key-file.ts';
import type { SettingName, SettingValue } from './settings.ts';

export type ValidatorFolder = {
  readonly folder: string;
  readonly genesis: Genesis;
  readonly secret: Uint8Array;
  /** null: no faucet. */
  readonly faucetSecret: Uint8Array | null;
  /** What differs from the defaults. */
  readonly settings: Partial<Record<SettingName, SettingValue>>;
};

/** Everything that `althing start --home <folder>` needs. The folder must be new. */
export function writeValidatorFolder(content: ValidatorFolder): void {
  const { folder, genesis, secret, faucetSecret, settings } = content;
  makeFolder(folder);
  writeKeyFile(path.join(folder, 'validator.key'), secret);
  if (faucetSecret !== null) writeKeyFile(path.join(folder, 'faucet.key'), faucetSecret);
  writeGenesisFile(path.join(folder, 'genesis.json'), genesis);
  writeFileSync(path.join(folder, CONFIG_FILE), writeConfigFile(settings));
}
