import { check, type Verdict } from './checker/check.ts';
import type { Load, LoadOptions } from './clients/load.ts';
import { Fleet, type FleetOptions } from './cluster/fleet.ts';
import type { History } from './history/history.ts';
import { Stage } from './stage.ts';

/** What a trial of any kind takes. */
export type TrialOptions = {
  readonly validators: number;
  readonly seed: number;
  /** Payments per second. */
  readonly rate: number;
  readonly portBase: number;
  /** The main file of what validators run. */
  readonly program: string;
  readonly note: (line: string) => void;
};

/** Sets up a fleet, of which nobody runs yet, and takes it down at the end, whatever happens. */
export async function onFleet<T>(
  options: FleetOptions,
  act: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const fleet = new Fleet(options);
  try {
    return await act(fleet);
  } finally {
    await fleet.close();
  }
}

export type LoadPlan = LoadOptions & {
  readonly seed: number;
  /** JSONL; null, the default: in memory only. */
  readonly historyFile?: string | null;
  /** How long what is in doubt is pursued at the end. */
  readonly settleMs?: number | undefined;
};

/** What clients saw of a fleet that was healed in the end. */
export type Settled = {
  /** Transactions of which nobody said what became of them. */
  readonly inDoubt: number;
  readonly finals: number;
  readonly history: History;
  readonly verdict: Verdict;
};

/** Puts clients to work on a fleet that is up while `act` lasts; then everything is settled and judged. */
export async function underLoad(
  fleet: Fleet,
  { seed, historyFile = null, settleMs, ...mix }: LoadPlan,
  act: (stage: Stage) => Promise<void>,
): Promise<Settled> {
  const stage = await Stage.open(fleet, mix, seed, historyFile);
  stage.load.start();
  await act(stage);
  const inDoubt = await stage.settle(settleMs);
  await stage.close();
  const history = stage.recorder.history();
  return { inDoubt, finals: stage.load.finals.length, history, verdict: check(history) };
}

export type Survival = {
  readonly acknowledged: number;
  readonly inDoubt: number;
  /** Validators that ended although nobody had asked them to, and what they said. */
  readonly deaths: readonly string[];
  readonly violations: Verdict['violations'];
};

/** A fleet under load from which validators are taken and given back. `program`: what each runs next. */
export async function survive(
  { validators, portBase, seed, rate }: TrialOptions,
  program: (lane: number) => string,
  act: (fleet: Fleet, load: Load) => Promise<void>,
): Promise<Survival> {
  return onFleet({ validators, portBase, accounts: 40, program }, async (fleet) => {
    await fleet.start();
    const mix = { paymentsPerSecond: rate, readsPerSecond: rate / 4, rivals: 0.02, overdrafts: 0 };
    const { inDoubt, verdict } = await underLoad(fleet, { ...mix, seed }, ({ load }) =>
      act(fleet, load),
    );
    const { violations, counts } = verdict;
    return { acknowledged: counts.acknowledged, inDoubt, deaths: fleet.deaths, violations };
  });
}
