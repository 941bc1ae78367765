import type { Policy } from '../replica/replica-options.ts';
import type { LaneId } from '../types/ids.ts';
import type { AttackName } from './byzantine/attacks.ts';
import type { CheckAttackName } from './byzantine/check-attacks.ts';
import type { Region } from './world/latency-table.ts';
import type { NetworkTraits } from './world/network.ts';

/** How a Byzantine validator lies. */
const BYZANTINE_KINDS = [
  'silent',
  /** Honest code behind a lying network card. */
  'shim',
  /** Blocks made by hand, at random. */
  'forger',
  /** Blocks made by hand, to a plan (attacks.ts). */
  'schemer',
  /** Two honest instances with one key. */
  'twin',
  /** Honest, but its disk forgets: who forgets what it signed counts as Byzantine. */
  'forgetful',
] as const;
export type ByzantineKind = (typeof BYZANTINE_KINDS)[number];

/** The state in which a validator is left when the others are healed. */
export const FROZEN_KINDS = ['down', 'cut', 'deaf', 'mute'] as const;
export type FrozenKind = (typeof FROZEN_KINDS)[number];

/** Who is cut off from whom when links are cut. */
export const CUT_SHAPES = ['group', 'one', 'ring', 'bridge', 'link'] as const;
export type CutShape = (typeof CUT_SHAPES)[number];

/** What happens to the journal of a disk that forgets. */
export const FORGET_KINDS = ['amnesia', 'rollback', 'flip'] as const;
export type ForgetKind = (typeof FORGET_KINDS)[number];

export type HostTraits = {
  readonly region: Region;
  /** Microseconds of work per input, and per transaction in it. */
  readonly inputUs: number;
  readonly transactionUs: number;
  readonly syncUs: number;
  /** Local milliseconds per true millisecond, and the clock's offset. */
  readonly clockRate: number;
  readonly clockOffsetMs: number;
};

/** What exists of faults in this run. A time of 0: never. */
export type FaultRates = {
  /** Mean time between crashes of somebody. */
  readonly crashEveryMs: number;
  readonly downMs: number;
  readonly cutEveryMs: number;
  readonly cutMs: number;
  readonly cutShapes: readonly CutShape[];
  /** Share of cuts that work in one direction only. */
  readonly oneWay: number;
  /** Somebody's disk or processor is slow by this factor for a while. */
  readonly grayEveryMs: number;
  readonly grayMs: number;
  readonly grayFactor: number;
  readonly clockJumpEveryMs: number;
  /** Forth or back, at most. */
  readonly clockJumpMs: number;
  /** Somebody's disk fails; the validator stops itself, and is started again when there is space. */
  readonly diskErrorEveryMs: number;
  /** Mean time between the losses of those that forget. */
  readonly forgetEveryMs: number;
  readonly forgets: readonly ForgetKind[];
  /** So many validators start late, are away to the end of the faults, are not healed. */
  readonly late: number;
  readonly away: number;
  readonly frozen: readonly FrozenKind[];
};

export const NO_FAULTS: FaultRates = {
  crashEveryMs: 0,
  downMs: 0,
  cutEveryMs: 0,
  cutMs: 0,
  cutShapes: CUT_SHAPES,
  oneWay: 0,
  grayEveryMs: 0,
  grayMs: 0,
  grayFactor: 1,
  clockJumpEveryMs: 0,
  clockJumpMs: 0,
  diskErrorEveryMs: 0,
  forgetEveryMs: 0,
  forgets: FORGET_KINDS,
  late: 0,
  away: 0,
  frozen: [],
};

export type WorkloadRates = {
  readonly owners: number;
  readonly payments: number;
  /** Shares of the payments that are made so. */
  readonly chains: number;
  readonly doubleSpends: number;
  readonly copies: number;
  readonly multi: number;
  readonly invalid: number;
};

/**
 * Partitions in rounds, as the Twins paper draws them: in each round seats talk only within their group.
 * Seats 0 to n-1 are the validators, seat n + k is the second instance of validator k.
 */
export type Rounds = {
  readonly everyMs: number;
  readonly groups: readonly (readonly (readonly number[])[])[];
};

/** Faults of the simulated host that are planted to be caught. */
const HOST_DEFECTS = [
  /** What leaves does not wait for the disk. */
  'hasty-driver',
  /** Synced records get lost. */
  'lying-disk',
  /** The last record is taken for a torn tail. */
  'short-journal',
  /** A sync that failed is taken for done. */
  'failed-sync-believed',
  /** Records that do not check are passed over. */
  'damage-skipped',
  /** A savepoint does not wait for the journal, and counts whatever the journal has. */
  'savepoint-ahead',
  /** The files of a savepoint count as they are. */
  'savepoint-unchecked',
  /** The journal's beginning goes before the state that takes its place is durable. */
  'dropped-before-state',
  /** One record too many goes. */
  'dropped-too-far',
  /** What is kept of the state is as of the epoch before, and nobody holds it against the certificate. */
  'state-of-another-epoch',
] as const;
export type HostDefect = (typeof HOST_DEFECTS)[number];

/** Savepoints (docs/adr/0019). */
export type SavepointTraits = {
  /** One is due when so many blocks are behind the last. */
  readonly everyBlocks: number;
  /** Share of the restarts before which something happens to it. */
  readonly spoiled: number;
};

/** Everything that one seed decides, drawn before the run begins. Plain data. */
export type Scenario = {
  readonly seed: string;
  readonly n: number;
  readonly byzantine: ReadonlyMap<LaneId, ByzantineKind>;
  readonly attacks: readonly (AttackName | CheckAttackName)[];
  readonly hosts: readonly HostTraits[];
  readonly network: NetworkTraits;
  readonly faults: FaultRates;
  readonly rounds?: Rounds;
  /** Who leads, by (epoch + view); instead of rule 6.6. */
  readonly leaders?: readonly LaneId[];
  readonly workload: WorkloadRates;
  readonly policy: Policy;
  readonly laneWindowMax: number;
  /** The genesis says so (PROTOCOL.md section 10). */
  readonly sharedChecks?: true;
  /** 0: one generation. */
  readonly generationEpochs: number;
  /** Length of the phase in which everything may go wrong. */
  readonly faultMs: number;
  /** So long Byzantine lanes go on after healing; at last they stop: else there would be no silence. */
  readonly byzantineExtraMs: number;
  /** Longest time without an outcome, after healing, until nothing is owed and all is silent. View time-outs double. */
  readonly patienceMs: number;
  /** Blocks that validators keep in memory, if fewer than a node does. */
  readonly nodeWindow?: number;
  /** Undefined: every start replays the whole journal. */
  readonly savepoints?: SavepointTraits;
  /** Ended generations that each validator keeps; 0: all of them. Undefined: all keep all. */
  readonly kept?: readonly number[];
  readonly hostDefect?: HostDefect;
};
