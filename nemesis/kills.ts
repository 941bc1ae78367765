import { createPrng } from '../src/std/prng.ts';
import { check, type Verdict } from './checker/check.ts';
import { Fleet } from './cluster/fleet.ts';
import { hold } from './faults/fault.ts';
import { Stage } from './stage.ts';

export type KillOptions = {
  readonly validators: number;
  readonly kills: number;
  /** A fleet takes so many; then it is healed and checked, and a new one begins. */
  readonly chunk: number;
  readonly seed: number;
  readonly rate: number;
  readonly portBase: number;
  readonly program: string;
  readonly note: (line: string) => void;
};

export type KillResult = {
  readonly kills: number;
  /** Of these while the process was still starting. */
  readonly whileStarting: number;
  readonly acknowledged: number;
  readonly inDoubt: number;
  /** Validators that ended by themselves, and what they said. */
  readonly deaths: readonly string[];
  readonly violations: Verdict['violations'];
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

async function runChunk(
  { validators, rate, portBase, program }: KillOptions,
  kills: number,
  seed: number,
): Promise<KillResult> {
  const random = createPrng(`kills ${seed}`);
  const fleet = new Fleet({ validators, portBase, accounts: 40, program: () => program });
  const starting = new Set<number>();
  const start = (lane: number): void => {
    starting.add(lane);
    const { starts } = fleet.validator(lane);
    const settled = () => {
      if (fleet.validator(lane).starts === starts + 1) starting.delete(lane);
    };
    fleet.launch(lane).then(settled, settled);
  };
  try {
    await fleet.start();
    const mix = { paymentsPerSecond: rate, readsPerSecond: rate / 4 };
    const stage = await Stage.open(fleet, { ...mix, rivals: 0.02, overdrafts: 0 }, seed, null);
    stage.load.start();
    let whileStarting = 0;
    for (let done = 0; done < kills; done += 1) {
      await hold(random.between(PAUSE_MS.low, PAUSE_MS.high));
      if (random.chance(0.5)) while (starting.size > 0) await hold(PAUSE_MS.low);
      const { lane } = random.pick(fleet.validators);
      if (starting.has(lane)) whileStarting += 1;
      await fleet.validator(lane).kill();
      start(lane);
    }
    while (starting.size > 0) await hold(PAUSE_MS.low);
    const inDoubt = await stage.settle();
    await stage.close();
    const { violations, counts } = check(stage.recorder.history());
    const { deaths } = fleet;
    return { kills, whileStarting, acknowledged: counts.acknowledged, inDoubt, deaths, violations };
  } finally {
    await fleet.close();
  }
}
