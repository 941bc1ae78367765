import path from 'node:path';
import { configError } from '../operator-error.ts';
import { DATA_FOLDER } from '../start/data.ts';
import { CONFIG_FILE, type Config } from './config.ts';

/** Before anything is appended to: a line of the log in the file of the key, and the key is gone. */
export function checkLogPlaces(home: string, config: Config): void {
  const { genesis, key, dev, log, events } = config;
  const data = path.resolve(home, DATA_FOLDER);
  const used = new Map([[path.resolve(home, CONFIG_FILE), 'the configuration']]);
  const name = (place: string, what: string) => {
    if (place !== '') used.set(path.resolve(home, place), what);
  };
  name(genesis, 'node.genesis');
  name(key, 'node.key');
  name(dev.faucetKey, 'dev.faucetKey');
  for (const [setting, file] of [
    ['log.file', log.file],
    ['events.file', events.file],
  ] as const) {
    if (file === '') continue;
    const place = path.resolve(home, file);
    const isData = place === data || place.startsWith(`${data}${path.sep}`);
    const other = isData ? "the node's data" : used.get(place);
    if (other !== undefined)
      throw configError(`${setting}: ${place} is ${other}: name another one`);
    used.set(place, setting);
  }
}
