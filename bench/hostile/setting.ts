import type { BenchDevnet } from '../devnet.ts';
import type { Paid } from './honest.ts';
import type { Purse } from './purse.ts';

/** In which everything is measured. */
export type Setting = {
  readonly devnet: BenchDevnet;
  readonly purse: Purse;
  /** Honest payments per second. */
  readonly rate: number;
  /** Length of each stretch. */
  readonly seconds: number;
  /** How often each stretch is measured; they count together. */
  readonly rounds: number;
  /** The honest payments of one stretch, at the rate or a share of it. */
  readonly pay: (share?: number) => Promise<Paid>;
  /** Before the next stretch: what an attack has left behind is no part of it. */
  readonly rest: () => Promise<void>;
  /** Where profiles go, if anybody wants them. */
  readonly profile: string | undefined;
};
