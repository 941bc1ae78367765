import { createPrng, type Prng } from '../src/std/prng.ts';
import type { Fleet } from './cluster/fleet.ts';
import { FAULTS, type FaultName } from './faults/catalogue.ts';
import { hold } from './faults/fault.ts';
import type { FaultNote } from './history/history.ts';

/** How long a fault lasts, and what is left alone between two. */
const HOLD_MS = { low: 500, high: 6000 } as const;
const QUIET_MS = { low: 300, high: 3000 } as const;

/** Every fault once in random order, however long that takes, and then at random until the time is over. */
export function* drawn(
  random: Prng,
  names: readonly FaultName[],
  isOver: () => boolean,
): Generator<FaultName> {
  yield* random.shuffled(names);
  while (!isOver()) yield random.pick(names);
}

/** Draws faults one after the other from a seed and strikes with them. */
export class Assault {
  readonly #fleet: Fleet;
  readonly #random: Prng;
  readonly #names: readonly FaultName[];
  readonly #note: (fault: FaultNote) => void;

  constructor(
    fleet: Fleet,
    seed: number,
    names: readonly FaultName[],
    note: (fault: FaultNote) => void,
  ) {
    this.#fleet = fleet;
    this.#random = createPrng(`assault ${seed}`);
    this.#names = names;
    this.#note = note;
  }

  async run(seconds: number): Promise<void> {
    const endMs = performance.now() + seconds * 1000;
    for (const fault of drawn(this.#random, this.#names, () => performance.now() >= endMs)) {
      await this.#strike(fault);
      await hold(this.#random.between(QUIET_MS.low, QUIET_MS.high));
    }
  }

  async #strike(fault: FaultName): Promise<void> {
    const beganMs = performance.now();
    const holdMs = this.#random.between(HOLD_MS.low, HOLD_MS.high);
    const scene = { fleet: this.#fleet, random: this.#random };
    const detail = await FAULTS[fault].strike(scene, holdMs);
    this.#note({ fault, detail, beganMs, endedMs: performance.now(), wentBack: null });
  }
}
