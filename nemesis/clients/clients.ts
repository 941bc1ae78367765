import { RestClient } from '../../src/client/rest-client.ts';
import type { Prng } from '../../src/std/prng.ts';
import type { Fleet } from '../cluster/fleet.ts';
import { Accounts } from './accounts.ts';
import { patiently } from './patience.ts';
import { Recorder } from './recorder.ts';
import { ValidatorClient } from './validator-client.ts';

/** One client of each validator, the accounts that they share, and a record of what they ask and are told. */
export class Clients {
  readonly recorder: Recorder;
  readonly accounts: Accounts;
  readonly all: readonly ValidatorClient[];

  private constructor(recorder: Recorder, accounts: Accounts, all: readonly ValidatorClient[]) {
    this.recorder = recorder;
    this.accounts = accounts;
    this.all = all;
  }

  /** The fleet is up. `file` null: what is recorded is kept in memory only. */
  static async open(fleet: Fleet, random: Prng, file: string | null): Promise<Clients> {
    const recorder = new Recorder(file);
    const first = new RestClient(fleet.validator(0).place.rest);
    const accounts = await patiently(() => Accounts.open(fleet.devnet, first, random));
    await first.close();
    const { generationEpochs } = fleet;
    recorder.note({ line: 'origin', origin: { ...accounts.origin, generationEpochs } });
    const { addressPrefix } = fleet.devnet;
    const all = fleet.validators.map(
      ({ lane, place }) => new ValidatorClient(lane, place.rest, recorder, addressPrefix),
    );
    return new Clients(recorder, accounts, all);
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((client) => client.close()));
    this.recorder.close();
  }
}
