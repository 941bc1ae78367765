import { causeCode, describe, type Halt, halt, StorageFault } from './fault.ts';

export function readFault(cause: unknown): StorageFault {
  const detail = `the store cannot be read: ${describe(cause)}. Start again: it is made anew`;
  return new StorageFault(halt('disk-error', detail));
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
