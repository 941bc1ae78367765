import { tmpdir } from 'node:os';
import { Assault } from './assault.ts';
import type { Verdict } from './checker/check.ts';
import { hasLoopDisks } from './cluster/disks.ts';
import type { FleetOptions } from './cluster/fleet.ts';
import { hasNamespaces, loopback, Namespaces } from './cluster/network.ts';
import type { Planted } from './cluster/orders.ts';
import { FAULT_NAMES, FAULTS, type FaultName } from './faults/catalogue.ts';
import type { FaultNote } from './history/history.ts';
import { onFleet, type TrialOptions, underLoad } from './trial.ts';

export type RunOptions = Omit<TrialOptions, 'program'> & {
  readonly seconds: number;
  /** null: all that this machine can do. */
  readonly faults: readonly FaultName[] | null;
  readonly accounts?: number;
  /** Default: the bundle that orders can reach into, the only one in which a lie can be planted. */
  readonly program?: string;
  readonly net: number;
  /** JSONL; null: in memory only. */
  readonly historyFile: string | null;
  readonly folder?: string;
  /** Lies for the checker to find, by lane. */
  readonly planted?: readonly Planted[];
  /** How long what is in doubt is pursued at the end. */
  readonly settleMs?: number;
};

export type RunResult = {
  readonly verdict: Verdict;
  readonly faults: readonly FaultNote[];
  /** Faults that this machine cannot make. */
  readonly left: readonly FaultName[];
  readonly inDoubt: number;
  readonly starts: number;
};

/** One assault on one devnet under load, and the checker's verdict on what its clients saw. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { validators, seed, seconds, rate, note, historyFile, settleMs, program } = options;
  const { chosen, left } = possible(options.faults);
  if (left.length > 0) note(`not possible here: ${left.join(', ')}`);
  const needs = new Set(chosen.map((name) => FAULTS[name].needs));
  const network = needs.has('namespaces') ? new Namespaces(validators, options.net) : loopback;
  const settings: FleetOptions = {
    validators,
    network,
    accounts: options.accounts ?? 40,
    portBase: options.portBase,
    ownDisks: needs.has('own-disks'),
    folder: options.folder,
    program: program === undefined ? undefined : () => program,
    orders: (lane) => {
      const planted = options.planted?.[lane];
      return planted === undefined ? {} : { planted };
    },
  };
  const mix = { paymentsPerSecond: rate, readsPerSecond: rate / 2, rivals: 0.02, overdrafts: 0.01 };
  return onFleet(settings, async (fleet) => {
    await fleet.start();
    const faults: FaultNote[] = [];
    const plan = { ...mix, seed, historyFile, settleMs };
    const { inDoubt, verdict } = await underLoad(fleet, plan, async ({ recorder }) => {
      const assault = new Assault(fleet, seed, chosen, (fault) => {
        faults.push(fault);
        recorder.note({ line: 'fault', fault });
        note(`${seconds1(fault.endedMs - fault.beganMs)} ${fault.fault}: ${fault.detail}`);
      });
      await assault.run(seconds);
    });
    const starts = fleet.validators.reduce((sum, one) => sum + one.starts, 0);
    return { verdict, faults, left, inDoubt, starts };
  });
}

function possible(wanted: readonly FaultName[] | null): { chosen: FaultName[]; left: FaultName[] } {
  const has = { nothing: true, namespaces: hasNamespaces(), 'own-disks': hasLoopDisks(tmpdir()) };
  const names = wanted ?? FAULT_NAMES;
  return {
    chosen: names.filter((name) => has[FAULTS[name].needs]),
    left: names.filter((name) => !has[FAULTS[name].needs]),
  };
}

function seconds1(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(7);
}
