import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/*
 * Bytes that a call allocates, kept or not. Between two collections the heap only grows, so what it grew
 * by is what was allocated; a collection in between shows as too little, which a repetition corrects, and
 * anything else that runs shows as too much, which the least of several measurements corrects.
 */
const TRIES = 3;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how?: { type: 'minor' }) => void;

/** The least of several measurements that no collection disturbed. The call must be synchronous. */
export function allocatedBy(call: () => unknown): number {
  call();
  let least = Number.POSITIVE_INFINITY;
  for (let left = TRIES; left > 0; left--) {
    collect();
    const before = memoryUsage();
    call();
    const after = memoryUsage();
    const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least;
}

/** One quick look: below zero when there was a collection meanwhile, hardly ever far too high. */
export function allocatedRoughly(call: () => unknown): number {
  collect({ type: 'minor' });
  const before = memoryUsage();
  call();
  const after = memoryUsage();
  return after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
}
