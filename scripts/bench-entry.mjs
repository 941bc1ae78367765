// Which program a command line of the bench means: the one that compares systems, or the one that measures this one.
const OF_COMPARISONS = ['compare', 'report', 'check'];

/** Path below dist. */
export function benchEntry(command) {
  return OF_COMPARISONS.includes(command) ? 'bench/compare/main.js' : 'bench/bench.js';
}
