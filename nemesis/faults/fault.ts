import { setTimeout as sleep } from 'node:timers/promises';
import type { Prng } from '../../src/std/prng.ts';
import type { LaneId } from '../../src/types/ids.ts';
import type { Fleet } from '../cluster/fleet.ts';

export type Scene = { readonly fleet: Fleet; readonly random: Prng };

/** One thing that goes wrong for a while. When `strike` resolves, everything is as before. */
export type Fault = {
  /** What a machine must have for it. */
  readonly needs: 'nothing' | 'namespaces' | 'own-disks';
  /** `holdMs`: how long it lasts. Resolves with what was done to whom. */
  strike(scene: Scene, holdMs: number): Promise<string>;
};

export const hold = (ms: number): Promise<void> => sleep(ms);

/** So many different validators. */
export function victims({ fleet, random }: Scene, count: number): LaneId[] {
  return random.shuffled(fleet.validators.map(({ lane }) => lane)).slice(0, count);
}

/** Kills them at once, waits, starts them at once; resolves when they are ready. */
export async function killAndRestart(
  { fleet }: Scene,
  lanes: readonly LaneId[],
  holdMs: number,
): Promise<void> {
  await Promise.all(lanes.map((lane) => fleet.validator(lane).kill()));
  await hold(holdMs);
  await Promise.all(lanes.map((lane) => fleet.launch(lane)));
}
