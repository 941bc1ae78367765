import { hold } from './faults/fault.ts';
import { type Survival, survive, type TrialOptions } from './trial.ts';

export type RollingOptions = TrialOptions & {
  /** The main file of what all run at first, such as that of an older build. */
  readonly other: string;
};

/** `deaths`: those that did not end with exit code 0 as well. */
export type RollingResult = Survival & {
  /** Clean restarts into the other program. */
  readonly restarts: number;
};

/** Load while some run one program and some the other. */
const MIXED_MS = 3000;

/**
 * A fleet under load changes its program, one clean restart after the other, and back: at each step a
 * payment through the validator of the moment must become final.
 */
export async function runRolling(options: RollingOptions): Promise<RollingResult> {
  const { validators, program, other, note } = options;
  const programs = Array.from({ length: validators }, () => other);
  const deaths: string[] = [];
  let restarts = 0;
  const survival = await survive(
    options,
    (lane) => programs[lane] ?? other,
    async (fleet, load) => {
      for (const next of [program, other]) {
        for (const { lane } of fleet.validators) {
          await hold(MIXED_MS);
          const { code, signal } = await fleet.validator(lane).stop();
          if (code !== 0) deaths.push(`validator ${lane} ended with ${signal ?? code}`);
          programs[lane] = next;
          await fleet.launch(lane);
          await load.payThrough(lane);
          restarts += 1;
          note(`validator ${lane} runs ${next}`);
        }
      }
    },
  );
  return { ...survival, restarts, deaths: [...deaths, ...survival.deaths] };
}
