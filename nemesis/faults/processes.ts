import { type Fault, hold, killAndRestart, type Scene, victims } from './fault.ts';

/** Processes that die and stop. */

export const kill: Fault = {
  needs: 'nothing',
  async strike(scene, holdMs) {
    const lanes = victims(scene, 1);
    await killAndRestart(scene, lanes, holdMs);
    return `kill -9 of ${lanes}`;
  },
};

export const pause: Fault = {
  needs: 'nothing',
  async strike(scene, holdMs) {
    const { fleet, random } = scene;
    const lanes = victims(scene, random.between(1, fleet.f + 1));
    for (const lane of lanes) fleet.validator(lane).pause();
    await hold(holdMs);
    for (const lane of lanes) fleet.validator(lane).resume();
    return `SIGSTOP of ${lanes}`;
  },
};

export const restartF: Fault = {
  needs: 'nothing',
  strike: (scene, holdMs) => restart(scene, scene.fleet.f, holdMs),
};

export const restartMoreThanF: Fault = {
  needs: 'nothing',
  strike: (scene, holdMs) => restart(scene, scene.fleet.f + 1, holdMs),
};

export const restartAll: Fault = {
  needs: 'nothing',
  strike: (scene, holdMs) => restart(scene, scene.fleet.validators.length, holdMs / 4),
};

export const rolling: Fault = {
  needs: 'nothing',
  async strike({ fleet }, holdMs) {
    for (const { lane } of fleet.validators) {
      const { code } = await fleet.validator(lane).stop();
      if (code !== 0) throw new Error(`validator ${lane} ended with ${code} when asked to stop`);
      await fleet.launch(lane);
      await hold(holdMs / fleet.validators.length);
    }
    return 'clean restarts one by one';
  },
};

async function restart(scene: Scene, count: number, holdMs: number): Promise<string> {
  const lanes = victims(scene, count);
  await killAndRestart(scene, lanes, holdMs);
  return `kill -9 of ${lanes} at once`;
}

const HOUR_MS = 3_600_000;

export const clock: Fault = {
  needs: 'nothing',
  async strike(scene, holdMs) {
    const { fleet, random } = scene;
    const lanes = victims(scene, random.between(1, fleet.validators.length));
    const offsetMs = random.between(-48, 48) * HOUR_MS + random.between(-30_000, 30_000);
    for (const lane of lanes) fleet.validator(lane).order({ kind: 'clock', offsetMs });
    await hold(holdMs);
    for (const lane of lanes) fleet.validator(lane).order({ kind: 'clock', offsetMs: 0 });
    return `clock of ${lanes} by ${offsetMs} ms`;
  },
};
