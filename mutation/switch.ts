import process from 'node:process';

/*
 * What the instrumented sources ask at each mutant. A process runs with one mutant on, named by its environment,
 * or with none while it records which test reaches which mutants.
 */

/** Hits by the number of a mutant. */
export type Hits = Uint32Array;

export const MUTANTS_MAX = 20_000;

const active = Number(process.env.ALTHING_MUTANT ?? '-1');
const hitsMax = Number(process.env.ALTHING_MUTANT_HITS_MAX ?? Number.POSITIVE_INFINITY);
let hits = 0;
let recording: Hits = new Uint32Array(MUTANTS_MAX);

/** Ends a loop that a mutant made endless, whatever the clock says. */
export function isActive(id: number): boolean {
  if (id !== active) return false;
  hits += 1;
  if (hits > hitsMax) throw new Error(`mutant ${id} was reached ${hits} times`);
  return true;
}

/** From here on hits count for these. */
export function record(into: Hits): void {
  recording = into;
}

function count(...ids: readonly number[]): void {
  for (const id of ids) recording[id]! += 1;
}

export const cover = process.env.ALTHING_MUTANT_RECORD === undefined ? () => undefined : count;
