import type { LaneId } from '../../types/ids.ts';

/** Some of the lanes, a bit for each. */
export type Lanes = bigint;

export const NOBODY: Lanes = 0n;

export function only(lane: LaneId): Lanes {
  return 1n << BigInt(lane);
}

export function includes(lanes: Lanes, lane: LaneId): boolean {
  return (lanes & only(lane)) !== NOBODY;
}
