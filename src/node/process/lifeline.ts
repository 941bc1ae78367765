/** What a node tells the process that started it, over Node's IPC channel. */
export type LifeSign =
  | { readonly kind: 'ready' }
  /** It ends now, and this is why. */
  | { readonly kind: 'failed'; readonly detail: string };

/** No-op when nobody listens. */
export function tellParent(sign: LifeSign): void {
  if (process.connected) process.send?.(sign);
}

/** Calls back when the process that started this one is gone (never, if it opened no channel). */
export function onParentGone(callback: () => void): void {
  if (process.send === undefined) return;
  process.once('disconnect', callback);
  // The channel alone keeps nothing alive.
  process.channel?.unref();
}
