/** The longest time between two that follow each other; 0 of fewer than two. */
export function longestGap(ascendingMs: readonly number[]): number {
  return ascendingMs.reduce((gap, ms, at) => Math.max(gap, ms - (ascendingMs[at - 1] ?? ms)), 0);
}
