import { createPrng } from '../src/std/prng.ts';
import type { Fleet } from './cluster/fleet.ts';
import { hold } from './faults/fault.ts';
import { type Survival, survive, type TrialOptions } from './trial.ts';

export type KillOptions = TrialOptions & {
  readonly kills: number;
  /** A fleet takes so many; then it is healed and checked, and a new one begins. */
  readonly chunk: number;
};

export type KillResult = Survival & {
  readonly kills: number;
  /** Of these while the process was still starting. */
  readonly whileStarting: number;
};

const PAUSE_MS = { low: 20, high: 1500 } as const;

/**
 * Kill -9 of some validator, and its restart at once, again and again under load. Half of the time nobody
 * waits until all are up: so they are killed while they start, replay and catch up as well, and at times
 * there is no quorum.
 */
export async function runKills(options: KillOptions): Promise<KillResult> {
  let total: KillResult = {
    kills: 0,
    whileStarting: 0,
    acknowledged: 0,
    inDoubt: 0,
    deaths: [],
    violations: [],
  };
  for (let chunk = 0; total.kills < options.kills; chunk += 1) {
    const kills = Math.min(options.chunk, options.kills - total.kills);
    const done = await runChunk(options, kills, options.seed + chunk);
    total = {
      kills: total.kills + done.kills,
      whileStarting: total.whileStarting + done.whileStarting,
      acknowledged: total.acknowledged + done.acknowledged,
      inDoubt: total.inDoubt + done.inDoubt,
      deaths: [...total.deaths, ...done.deaths],
      violations: [...total.violations, ...done.violations],
    };
    const { whileStarting, acknowledged, inDoubt, deaths, violations } = total;
    options.note(
      `${total.kills} kills (${whileStarting} while starting), ${acknowledged} acknowledged, ${inDoubt} in doubt, ${deaths.length} ended by themselves, ${violations.length} violations`,
    );
  }
  return total;
}

async function runChunk(options: KillOptions, kills: number, seed: number): Promise<KillResult> {
  const random = createPrng(`kills ${seed}`);
  let whileStarting = 0;
  const survival = await survive(
    { ...options, seed },
    () => options.program,
    async (fleet) => {
      const starting = new Starting(fleet);
      for (let done = 0; done < kills; done += 1) {
        await hold(random.between(PAUSE_MS.low, PAUSE_MS.high));
        if (random.chance(0.5)) await starting.none();
        const { lane } = random.pick(fleet.validators);
        if (starting.has(lane)) whileStarting += 1;
        await fleet.validator(lane).kill();
        starting.start(lane);
      }
      await starting.none();
    },
  );
  return { ...survival, kills, whileStarting };
}

/** Those that were started and are not ready. */
class Starting {
  readonly #fleet: Fleet;
  readonly #lanes = new Set<number>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  has(lane: number): boolean {
    return this.#lanes.has(lane);
  }

  start(lane: number): void {
    this.#lanes.add(lane);
    const { starts } = this.#fleet.validator(lane);
    const settled = () => {
      if (this.#fleet.validator(lane).starts === starts + 1) this.#lanes.delete(lane);
    };
    this.#fleet.launch(lane).then(settled, settled);
  }

  async none(): Promise<void> {
    while (this.#lanes.size > 0) await hold(PAUSE_MS.low);
  }
}
