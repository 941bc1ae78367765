import type { Input } from '../../replica/effects.ts';
import type { LaneId } from '../../types/ids.ts';
import { outlived } from '../scenario.ts';
import type { Scenario } from '../traits.ts';
import { type Defect, peaceful } from './defect.ts';

/** Everybody drops, and many crash, some of them while they do. */
function dropping(scenario: Scenario): Scenario {
  const late = outlived(scenario);
  const faults = { ...late.faults, crashEveryMs: 300, downMs: 100, late: 0 };
  const hosts = late.hosts.map((host) => ({ ...host, syncUs: 30_000 }));
  return { ...late, faults, hosts };
}

/** A validator forgets what it said, also in the generation that is the current one. */
export function forgetting(scenario: Scenario): Scenario {
  const late = outlived(scenario);
  const faults = { ...late.faults, crashEveryMs: 0, late: 0, forgetEveryMs: 1000, downMs: 50 };
  return { ...late, byzantine: new Map([[0, 'forgetful']]), faults };
}

/** Generations last, and hosts are fast: it forgets all, and is back in the one in which it spoke before. */
function soonBack(scenario: Scenario): Scenario {
  const drawn = forgetting(scenario);
  const calm = peaceful(drawn);
  const fast = { inputUs: 100, transactionUs: 50, syncUs: 500, clockRate: 1 };
  const forgets = { forgets: ['amnesia'] as const, forgetEveryMs: 1500, downMs: 50 };
  return {
    ...calm,
    byzantine: drawn.byzantine,
    hosts: calm.hosts.map((host) => ({ ...host, ...fast })),
    policy: { ...calm.policy, epochIntervalMs: 2000, minEpochIntervalMs: 2000, resyncMs: 50 },
    faults: { ...calm.faults, ...forgets },
  };
}

/** Each breaks when something is dropped, or what a validator begins with instead (docs/adr/0020). */
export const RETENTION_DEFECTS = {
  'dropped-before-state': {
    caughtBy: ['failure'],
    scenario: (scenario) => ({ ...dropping(scenario), hostDefect: 'dropped-before-state' }),
  },
  'dropped-too-far': {
    caughtBy: ['failure'],
    scenario: (scenario) => ({ ...dropping(scenario), hostDefect: 'dropped-too-far' }),
  },
  'state-of-another-epoch': {
    caughtBy: ['own-admissible', 'admission', 'checkpoint', 'outcome', 'failure'],
    scenario: (scenario) => ({ ...dropping(scenario), hostDefect: 'state-of-another-epoch' }),
  },
  'late-validator-signs-old-slot': {
    // Whom the others know to fork they name no more: what it owes then stays owed.
    caughtBy: ['memory', 'no-outcome', 'not-final'],
    scenario: soonBack,
    machine: (sound, own, { graph }) => {
      let newest = -1;
      let untold: Input[] = [];
      return {
        ...sound,
        step(nowMs, input, more) {
          const { generation, dropped } = sound.retained;
          if (dropped > 0 && newest < generation) untold = silence(generation, own, graph.n);
          newest = generation;
          // What others know of its lane in the generation is not waited for, nor heard at first.
          const isAnswer = input.kind === 'tick' || input.kind === 'message';
          const told = isAnswer ? untold.shift() : undefined;
          return sound.step(nowMs, told ?? input, more);
        },
      };
    },
  },
} as const satisfies Record<string, Defect>;

/** The others say that they know nothing in this generation. */
function silence(generation: number, own: LaneId, n: number): Input[] {
  const frontier = new Array<number>(n).fill(0);
  const message = { kind: 'heads', generation, frontier, yours: null } as const;
  const others = [...Array(n).keys()].filter((lane) => lane !== own);
  return others.map((lane) => ({ kind: 'message', from: { kind: 'lane', lane }, message }));
}
