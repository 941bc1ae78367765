/**
 * What Node.js should be told when it runs a validator. Most objects live as long as a transaction takes to
 * become final; in a nursery of the usual 16 MB they outlive two collections under load and are copied into
 * the old space, only to die there. Costs up to 150 MB of memory.
 */
export const RUNTIME_FLAGS = ['--max-semi-space-size=64'] as const;
