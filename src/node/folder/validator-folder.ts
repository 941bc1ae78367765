import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../storage/make-folder.ts';
import type { Genesis } from '../../types/genesis.ts';
import { CONFIG_FILE, writeConfigFile } from './config.ts';
import { writeGenesisFile } from './genesis-file.ts';
import { writeKeyFile } from './key-file.ts';
import { SETTINGS, type SettingName, type SettingValue } from './settings.ts';

/** Where `node.key` expects it. */
export const KEY_FILE = String(SETTINGS['node.key'].fallback);

export type ValidatorFolder = {
  readonly folder: string;
  readonly genesis: Genesis;
  /** null: the validator brings its own. */
  readonly secret: Uint8Array | null;
  /** null: no faucet. */
  readonly faucetSecret: Uint8Array | null;
  /** What differs from the defaults. */
  readonly settings: Partial<Record<SettingName, SettingValue>>;
};

/** Everything that `althing start --home <folder>` needs, but for a key that is brought. The folder must be new. */
export function writeValidatorFolder(content: ValidatorFolder): void {
  const { folder, genesis, secret, faucetSecret, settings } = content;
  makeFolder(folder);
  if (secret !== null) writeKeyFile(path.join(folder, KEY_FILE), secret);
  if (faucetSecret !== null) writeKeyFile(path.join(folder, 'faucet.key'), faucetSecret);
  writeGenesisFile(path.join(folder, 'genesis.json'), genesis);
  writeFileSync(path.join(folder, CONFIG_FILE), writeConfigFile(settings));
}
