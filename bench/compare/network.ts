import type { LinkSpec } from '../../src/replay/load/link.ts';
import type { Purse } from '../../src/replay/load/load.ts';
import type { MeterSpec } from '../../src/replay/load/meter.ts';

/** A network of one system on this machine, as long as the bench needs it. */
export interface Network {
  readonly spec: LinkSpec;
  readonly purse: Purse;
  readonly meter: MeterSpec;
  /** Which version, with what parameters; for the report. */
  readonly version: string;

  /** Ends a validator's process at once, without a word to the others. */
  crash(validator: number): void;

  /** Halts all its processes, so that the system whose turn it is has the machine for itself. */
  pause(): void;

  /** Lets them go on; resolves when every validator answers again. */
  resume(): Promise<void>;

  stop(): Promise<void>;
}

/** The systems of a comparison; `null` shows what the driver alone can do. */
export const CONTENDERS = [
  'althing',
  'althing-spaced',
  'algorand-stock',
  'algorand-fast',
  'null',
] as const;
export type Contender = (typeof CONTENDERS)[number];

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already.
    }
  }
}
