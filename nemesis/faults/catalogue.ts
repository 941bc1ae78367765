import { diskFull, diskReadOnly } from './disks.ts';
import { diskFullKill, diskReadOnlyKill, disksFull } from './disks-and-kills.ts';
import type { Fault } from './fault.ts';
import { flap, partition, rate } from './links.ts';
import {
  clock,
  kill,
  pause,
  restartAll,
  restartF,
  restartMoreThanF,
  rolling,
} from './processes.ts';

/** Every fault by the name that the command line has for it. */
export const FAULTS = {
  kill,
  pause,
  'restart-f': restartF,
  'restart-f1': restartMoreThanF,
  'restart-all': restartAll,
  rolling,
  clock,
  partition,
  flap,
  rate,
  'disk-full': diskFull,
  'disk-ro': diskReadOnly,
  'disk-full-kill': diskFullKill,
  'disk-ro-kill': diskReadOnlyKill,
  'disks-full': disksFull,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];
