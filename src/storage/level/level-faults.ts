import { LostEntry } from '../../std/lost-entry.ts';
import { causeCode, describe, type Halt, halt, StorageFault } from '../fault.ts';

/**
 * The store does not hold what was put. Its tables may be those of the savepoint, which then has them as they are now
 * with right sums: that one must go, or every start that continues from it comes here again.
 */
export class StoreDamage extends StorageFault {}

const DAMAGED_LEVEL = 'LEVEL_CORRUPTION';

export function readFault(cause: unknown): StorageFault {
  const detail = `the store cannot be read: ${describe(cause)}. Start again: it is made anew`;
  const code = causeCode(cause);
  const isDamage = code === null || code === DAMAGED_LEVEL;
  return new (isDamage ? StoreDamage : StorageFault)(halt('disk-error', detail));
}

/** As damage, if the store was found not to have what it must have. */
export function asDamage(cause: unknown): unknown {
  return cause instanceof LostEntry ? readFault(cause) : cause;
}

/** What the reading returns, or throws as a fault. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw readFault(cause);
  }
}

export function writeFault(cause: unknown): StorageFault {
  return new StorageFault(halt('disk-error', `the store cannot be written: ${describe(cause)}`));
}

export function openFault(folder: string, cause: unknown): Halt {
  if (causeCode(cause) === 'LEVEL_LOCKED') {
    return halt('folder-locked', `another process uses the store ${folder}: stop it first`);
  }
  return halt('disk-error', `the store ${folder} cannot be opened: ${describe(cause)}`);
}
