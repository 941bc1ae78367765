import type { Prng } from '../../src/std/prng.ts';
import type { LaneId } from '../../src/types/ids.ts';
import { haltedForDisk } from './disks.ts';
import { type Fault, hold, killAndRestart, type Scene, victims } from './fault.ts';

/** Disks that take nothing any more while processes are killed, the same and others. */

const LEFT_BYTES_MAX = 262_144;
const PAUSE_MS = { low: 20, high: 1000 } as const;

export const diskFullKill: Fault = {
  needs: 'own-disks',
  strike: (scene, holdMs) =>
    besideKills(scene, holdMs, {
      what: 'full',
      spoil: (lane) => fill(scene, lane),
      mend: (lane) => scene.fleet.disk(lane).free(),
    }),
};

export const diskReadOnlyKill: Fault = {
  needs: 'own-disks',
  strike: (scene, holdMs) =>
    besideKills(scene, holdMs, {
      what: 'read-only',
      spoil: (lane) => scene.fleet.disk(lane).abort(),
      mend: (lane) => scene.fleet.disk(lane).repair(),
    }),
};

/** f + 1 disks or all are full at once, and at the end all processes that are left are killed. */
export const disksFull: Fault = {
  needs: 'own-disks',
  async strike(scene, holdMs) {
    const { fleet, random } = scene;
    const all = fleet.validators.map(({ lane }) => lane);
    const lanes = victims(scene, random.chance(0.5) ? fleet.f + 1 : all.length);
    for (const lane of lanes) fill(scene, lane);
    const endMs = performance.now() + holdMs;
    await Promise.all(lanes.map((lane) => livesOn(scene, lane, random.fork(`${lane}`), endMs)));
    await Promise.all(all.map((lane) => fleet.validator(lane).kill()));
    for (const lane of lanes) fleet.disk(lane).free();
    await killAndRestart(scene, all, 0);
    return `disks of ${lanes} full, kill -9 of all`;
  },
};

type Trouble = {
  readonly what: string;
  readonly spoil: (lane: LaneId) => void;
  readonly mend: (lane: LaneId) => void;
};

async function besideKills(scene: Scene, holdMs: number, trouble: Trouble): Promise<string> {
  const { fleet, random } = scene;
  const [lane = 0, ...others] = victims(scene, fleet.validators.length);
  trouble.spoil(lane);
  const endMs = performance.now() + holdMs;
  const [kills, starts] = await Promise.all([
    killOthers(scene, others, random.fork('others'), endMs),
    livesOn(scene, lane, random.fork('own'), endMs),
  ]);
  await fleet.validator(lane).kill();
  trouble.mend(lane);
  await fleet.launch(lane);
  return `disk of ${lane} ${trouble.what}, ${starts} starts on it; ${kills} kill -9 of others`;
}

function fill({ fleet, random }: Scene, lane: LaneId): void {
  fleet.disk(lane).fill(random.below(LEFT_BYTES_MAX));
}

/** One after the other, of those whose disks are well. Returns how often. */
async function killOthers(
  scene: Scene,
  lanes: readonly LaneId[],
  random: Prng,
  endMs: number,
): Promise<number> {
  let kills = 0;
  for (; performance.now() < endMs; kills += 1) {
    await hold(random.between(PAUSE_MS.low, PAUSE_MS.high));
    await killAndRestart(scene, [random.pick(lanes)], random.below(PAUSE_MS.high));
  }
  return kills;
}

/**
 * What becomes of a validator whose disk takes nothing: it lives as long as it has nothing to write, is
 * killed, and is started again. Each end of its own must be the one that says so. Returns the starts.
 */
async function livesOn(
  { fleet }: Scene,
  lane: LaneId,
  random: Prng,
  endMs: number,
): Promise<number> {
  const validator = fleet.validator(lane);
  let starts = 0;
  for (;;) {
    const { ended } = validator;
    const pause = hold(random.between(PAUSE_MS.low, PAUSE_MS.high)).then(() => null);
    const end = await Promise.race([ended, pause]);
    if (end !== null) haltedForDisk(validator, end);
    else if (random.chance(0.5)) await validator.kill();
    await pause;
    if (performance.now() >= endMs) return starts;
    if (validator.isRunning) continue;
    starts += 1;
    // It may be up, or not: what it says when it ends is looked at above.
    void fleet.launch(lane).catch(() => undefined);
  }
}
