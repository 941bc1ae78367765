import type { ScanOptions, StoreEntry } from '../../replica/ports.ts';
import { inRange } from '../memory-store.ts';

/** What one weighs that is made later: its key and value when it is, not its parts until then. */
const LATER_ENTRY_BYTES = 350;

/** Measured on V8: a Map slot, a string header and an array object with its store weigh about this much. */
const ENTRY_OVERHEAD_BYTES = 200;

/** null: deleted. */
export type Changes = Map<string, Uint8Array | null>;

/** Entries that are made when they are needed. */
type Later = { readonly count: number; readonly entries: (prefix: string) => Iterable<StoreEntry> };

/** What goes to disk together. */
export class Staged {
  readonly changes: Changes = new Map();
  /** Before all of `changes`. */
  readonly later: Later[] = [];
  bytes = 0;

  stage(key: string, value: Uint8Array | null): void {
    const before = this.changes.get(key);
    if (before !== undefined) this.bytes -= entryBytes(key, before);
    this.changes.set(key, value);
    this.bytes += entryBytes(key, value);
  }

  stageLater(later: Later): void {
    this.later.push(later);
    this.bytes += later.count * LATER_ENTRY_BYTES;
  }

  /** Entries. */
  get count(): number {
    return this.later.reduce((sum, { count }) => sum + count, this.changes.size);
  }

  get isEmpty(): boolean {
    return this.changes.size === 0 && this.later.length === 0;
  }

  /** In the order in which they count: what is deleted again may come before that. */
  *entries(): Generator<readonly [string, Uint8Array | null]> {
    for (const { entries } of this.later) {
      for (const { key, value } of entries('')) yield [key, value];
    }
    yield* this.changes;
  }

  /** The same for keys that a scan returns. */
  *inRange(prefix: string, options: ScanOptions): Generator<readonly [string, Uint8Array | null]> {
    for (const { entries } of this.later) {
      for (const { key, value } of entries(prefix)) {
        if (inRange(key, prefix, options)) yield [key, value];
      }
    }
    for (const change of this.changes) if (inRange(change[0], prefix, options)) yield change;
  }
}

export function entryBytes(key: string, value: Uint8Array | null): number {
  return ENTRY_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
}

/** What a scan has to see of these, the newest last. */
export function changesIn(
  layers: readonly Staged[],
  prefix: string,
  options: ScanOptions,
): Changes {
  const changes: Changes = new Map();
  for (const layer of layers) {
    for (const [key, value] of layer.inRange(prefix, options)) changes.set(key, value);
  }
  return changes;
}
