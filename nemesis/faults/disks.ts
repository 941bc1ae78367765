import type { LaneId } from '../../src/types/ids.ts';
import type { Ended, Validator } from '../cluster/validator.ts';
import { type Fault, hold, type Scene, victims } from './fault.ts';

/** Disks that take nothing any more. A validator must say so and end; what it had said stays said. */

const HALTED = 8;
const LEFT_BYTES = 65_536;

export const diskFull: Fault = {
  needs: 'own-disks',
  async strike(scene, holdMs) {
    const [lane = 0] = victims(scene, 1);
    const disk = scene.fleet.disk(lane);
    disk.fill(LEFT_BYTES);
    await ends(scene, lane, holdMs);
    disk.free();
    await scene.fleet.launch(lane);
    return `disk of ${lane} full`;
  },
};

export const diskReadOnly: Fault = {
  needs: 'own-disks',
  async strike(scene, holdMs) {
    const [lane = 0] = victims(scene, 1);
    const disk = scene.fleet.disk(lane);
    disk.abort();
    await ends(scene, lane, holdMs);
    disk.repair();
    disk.setReadOnly(true);
    await refusesToStart(scene, lane);
    disk.setReadOnly(false);
    await scene.fleet.launch(lane);
    return `disk of ${lane} read-only`;
  },
};

/** It may live on as long as it has nothing to write. */
async function ends({ fleet }: Scene, lane: LaneId, holdMs: number): Promise<void> {
  const validator = fleet.validator(lane);
  const running = validator.ended;
  await hold(holdMs);
  if (validator.isRunning) {
    await validator.kill();
    return;
  }
  haltedForDisk(validator, await running);
}

async function refusesToStart({ fleet }: Scene, lane: LaneId): Promise<void> {
  const validator = fleet.validator(lane);
  haltedForDisk(validator, await validator.start().ended);
}

/** Throws if it ended otherwise. */
export function haltedForDisk(validator: Validator, { code, signal }: Ended): void {
  if (code === HALTED && validator.complaint().includes('disk-error')) return;
  const words = `${signal ?? code}: ${validator.complaint()}`;
  throw new Error(
    `validator ${validator.lane}, whose disk is full or read-only, ended with ${words}`,
  );
}
