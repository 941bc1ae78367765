import { existsSync } from 'node:fs';
import path from 'node:path';
import { toConfig } from '../node/folder/config.ts';
import { readGenesisFile } from '../node/folder/genesis-file.ts';
import { OBSERVER_FOLDER } from '../node/observer/observer-data.ts';
import { DATA_FOLDER } from '../node/start/data.ts';
import type { Genesis } from '../types/genesis.ts';
import { loadSettings } from './commands/start.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** The home of a node and its data, whichever of the two `folder` is. Throws a CommandError if it is neither. */
export function nodeFolder(folder: string): { readonly home: string; readonly data: string } {
  if (existsSync(path.join(folder, 'journal'))) {
    return { home: path.dirname(folder), data: folder };
  }
  const data = path.join(folder, DATA_FOLDER);
  if (existsSync(data)) return { home: folder, data };
  if (existsSync(path.join(folder, OBSERVER_FOLDER))) {
    const hint = 'it holds one state and no blocks: "althing root" recomputes that';
    throw new CommandError(EXIT.failed, `${folder} is of an observer that follows: ${hint}`);
  }
  throw new CommandError(EXIT.failed, `${folder} holds no data of a node`);
}

/** The one in `file`, or else the one that the configuration of the home names. */
export function genesisOf(home: string, file: string | undefined): Genesis {
  if (file !== undefined) return readGenesisFile(file);
  const { genesis } = toConfig(loadSettings({ home }));
  return readGenesisFile(path.resolve(home, genesis));
}
