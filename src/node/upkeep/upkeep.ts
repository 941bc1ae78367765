import type { Config } from '../folder/config.ts';
import type { Identity } from '../folder/identity.ts';
import type { Log } from '../log/logger.ts';
import type { OpenData } from '../start/data.ts';
import type { Started } from '../start/start-replica.ts';
import { Pruner } from './pruner.ts';
import { PROCESS_CLOCKS } from './savepoint-rest.ts';
import { Savepoints } from './savepoints.ts';

export type UpkeepParts = {
  readonly config: Config;
  readonly identity: Identity;
  readonly data: OpenData;
  readonly started: Started;
  readonly log: Log;
  /** Has the process no time to spare? */
  readonly isBusy: () => boolean;
  /** Resolves when no step is half done. */
  readonly betweenSteps: () => Promise<void>;
};

/** What keeps the next start short and the folder small, beside the work. */
export class Upkeep {
  readonly savepoints: Savepoints;
  readonly pruner: Pruner;

  constructor(parts: UpkeepParts) {
    const { config, identity, data, started, log } = parts;
    const { replica, store } = started;
    const { journal } = data;
    this.savepoints = new Savepoints({
      replica,
      journal,
      store,
      log,
      folder: started.savepointFolder,
      head: started.writer,
      unsaved: started.unsaved,
      clocks: PROCESS_CLOCKS,
      isBusy: parts.isBusy,
    });
    this.pruner = new Pruner({
      replica,
      journal,
      store,
      log,
      stops: data.stops,
      stop: data.stop,
      ledgerId: identity.ledgerId,
      lane: identity.lane,
      kept: config.storage.generationsKept,
      betweenSteps: parts.betweenSteps,
    });
  }

  /** To be called between two steps, now and then. */
  look(): void {
    this.savepoints.look();
    this.pruner.look();
  }

  async close(): Promise<void> {
    await this.pruner.close();
    await this.savepoints.close();
  }
}
