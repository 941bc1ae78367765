import type { Mempool } from '../../iss/mempool.ts';
import { RecentMap } from '../../std/recent-map.ts';
import type { TxId } from '../../types/ids.ts';
import type { GivenUp } from '../intake/doorway.ts';
import { createPool } from '../intake/pool.ts';
import { Checkpoints } from '../outcomes/checkpoints.ts';
import type { ReplicaOptions } from '../replica-options.ts';
import { Tally } from '../tally.ts';
import { Leftovers } from './leftovers.ts';
import { Retention } from './retention.ts';
import type { Start } from './start.ts';

/** Given-up transactions that are remembered, for whoever still asks. */
const GIVEN_UP_MAX = 10_000;

/** What outlives a generation. */
export type Lasting = {
  readonly checkpoints: Checkpoints;
  readonly pool: Mempool;
  readonly leftovers: Leftovers;
  readonly tally: Tally;
  /** Given-up transactions. */
  readonly givenUp: RecentMap<TxId, GivenUp>;
  readonly retention: Retention;
};

export function createLasting(options: ReplicaOptions, start: Start): Lasting {
  return {
    checkpoints: new Checkpoints(options, start),
    pool: createPool(options),
    leftovers: new Leftovers(),
    tally: new Tally(),
    givenUp: new RecentMap(GIVEN_UP_MAX),
    retention: new Retention(options.store, start.epoch),
  };
}
