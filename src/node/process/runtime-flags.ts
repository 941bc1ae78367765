/**
 * What Node.js should be told when it runs a validator. Most objects live as long as a transaction takes to
 * become final: in a small nursery they outlive two collections under load and are copied into the old space,
 * only to die there. In a large one a collection holds up what comes meanwhile for longer, which at a low load is
 * the 99th percentile of finality. Costs up to 100 MB of memory. docs/BENCHMARKS-HISTORY.md has sizes in turns.
 */
export const RUNTIME_FLAGS = ['--max-semi-space-size=32'] as const;
