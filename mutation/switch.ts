import process from 'node:process';

/*
 * What the instrumented sources ask at each mutant. One mutant at most is on in a process at a time, or none while it
 * records which test reaches which mutants.
 */

/** Hits by the number of a mutant. */
export type Hits = Uint32Array;

export const MUTANTS_MAX = 20_000;
const NONE = -1;

/** By its environment a mutant is on before anything else is loaded. */
let active = Number(process.env.ALTHING_MUTANT ?? NONE);
let hits = 0;
let hitsMax = Number.POSITIVE_INFINITY;
let recording: Hits = new Uint32Array(MUTANTS_MAX);

/** Ends a loop that a mutant made endless, whatever the clock says. */
export function isActive(id: number): boolean {
  if (id !== active) return false;
  hits += 1;
  if (hits > hitsMax) throw new Error(`mutant ${id} was reached ${hits} times`);
  return true;
}

export function switchOn(id: number, most: number): void {
  active = id;
  hits = 0;
  hitsMax = most;
}

/** How often the mutant was reached since it was on. */
export function switchOff(): number {
  active = NONE;
  return hits;
}

/** From here on hits count for these. */
export function record(into: Hits): void {
  recording = into;
}

function count(...ids: readonly number[]): void {
  for (const id of ids) recording[id]! += 1;
}

export const cover = process.env.ALTHING_MUTANT_RECORD === undefined ? () => undefined : count;
