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

  /** Resolves when every validator answers, as one that was halted does in its time. */
  answers(): Promise<void>;

  /** Ends its processes, which run, and removes what they wrote. */
  stop(): Promise<void>;
}

/** Ends a validator's process at once, without a word to the others. */
export function crash({ meter }: Network, validator: number): void {
  signalAll([meter.pids[validator] as number], 'SIGKILL');
}

/** Halts all processes, so that the system whose turn it is has the machine for itself. */
export function pause({ meter }: Network): void {
  signalAll(meter.pids, 'SIGSTOP');
}

/** Lets them go on; resolves when every validator answers again. */
export async function resume(network: Network): Promise<void> {
  signalAll(network.meter.pids, 'SIGCONT');
  await network.answers();
}

/** One that is halted, too. */
export async function stop(network: Network): Promise<void> {
  signalAll(network.meter.pids, 'SIGCONT');
  await network.stop();
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
