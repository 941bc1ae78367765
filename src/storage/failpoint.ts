/**
 * Places between two steps of a validator at which a test may end its process. They come in pairs: what
 * is between `before` and `after` may have happened or not.
 */
export const FAILPOINTS = [
  'before-sign',
  'after-sign',
  'before-append',
  'after-append',
  'before-write',
  'after-write',
  'before-fsync',
  'after-fsync',
  'before-segment',
  'after-segment',
  'before-seal',
  'after-seal',
  'before-send',
  'after-send',
  'before-tell',
  'after-tell',
  'before-batch',
  'after-batch',
  'before-run',
  'after-run',
  'before-pages',
  'after-pages',
  'before-roots',
  'after-roots',
  'before-certified',
  'after-certified',
  'before-savepoint',
  'after-savepoint',
  'before-stop-state',
  'after-stop-state',
  'before-drop',
  'after-drop',
  'before-forget',
  'after-forget',
  'before-replay',
  'after-replay',
  'before-marker',
  'after-marker',
  'before-install',
  'after-install',
] as const;

/** Those that only a validator passes which drops generations. */
export const DROP_FAILPOINTS: readonly FailpointName[] = [
  'before-stop-state',
  'after-stop-state',
  'before-drop',
  'after-drop',
  'before-forget',
  'after-forget',
];

export type FailpointName = (typeof FAILPOINTS)[number];

type Hook = (name: FailpointName) => void;

let hook: Hook | null = null;

/** Does nothing unless a test has set a hook. */
export function failpoint(name: FailpointName): void {
  hook?.(name);
}

/** Tests only. The hook runs in the middle of whatever passes: it may end the process, and nothing else. */
export function setFailpointHook(next: Hook | null): void {
  hook = next;
}
