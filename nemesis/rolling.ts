import { check, type Verdict } from './checker/check.ts';
import { Fleet } from './cluster/fleet.ts';
import { hold } from './faults/fault.ts';
import { Stage } from './stage.ts';

export type RollingOptions = {
  readonly validators: number;
  readonly seed: number;
  readonly rate: number;
  readonly portBase: number;
  readonly program: string;
  /** The main file of what all run at first, such as that of an older build. */
  readonly other: string;
  readonly note: (line: string) => void;
};

export type RollingResult = {
  /** Clean restarts into the other program. */
  readonly restarts: number;
  readonly acknowledged: number;
  readonly inDoubt: number;
  /** Validators that ended by themselves, or not with exit code 0. */
  readonly deaths: readonly string[];
  readonly violations: Verdict['violations'];
};

/** Load while some run one program and some the other. */
const MIXED_MS = 3000;

/**
 * A fleet under load changes its program, one clean restart after the other, and back: at each step a
 * payment through the validator of the moment must become final.
 */
export async function runRolling(options: RollingOptions): Promise<RollingResult> {
  const { validators, portBase, seed, rate, program, other } = options;
  const programs = Array.from({ length: validators }, () => other);
  const runs = (lane: number): string => programs[lane] ?? other;
  const fleet = new Fleet({ validators, portBase, accounts: 40, program: runs });
  try {
    await fleet.start();
    const mix = { paymentsPerSecond: rate, readsPerSecond: rate / 4 };
    const stage = await Stage.open(fleet, { ...mix, rivals: 0.02, overdrafts: 0 }, seed, null);
    stage.load.start();
    const deaths: string[] = [];
    let restarts = 0;
    for (const next of [program, other]) {
      for (const { lane } of fleet.validators) {
        await hold(MIXED_MS);
        const { code, signal } = await fleet.validator(lane).stop();
        if (code !== 0) deaths.push(`validator ${lane} ended with ${signal ?? code}`);
        programs[lane] = next;
        await fleet.launch(lane);
        await stage.load.payThrough(lane);
        restarts += 1;
        options.note(`validator ${lane} runs ${next}`);
      }
    }
    const inDoubt = await stage.settle();
    await stage.close();
    deaths.push(...fleet.deaths);
    const { violations, counts } = check(stage.recorder.history());
    return { restarts, acknowledged: counts.acknowledged, inDoubt, deaths, violations };
  } finally {
    await fleet.close();
  }
}
