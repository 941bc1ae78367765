import type { Sliced } from '../../src/std/slices.ts';

/** How often a job pauses on its way to its end. */
export function pausesOf(job: Sliced<unknown>): number {
  let pauses = 0;
  while (job.next().done !== true) pauses += 1;
  return pauses;
}
