import type { Tally } from '../../std/tally.ts';

/** What goes wrong in a run, and how often it did. */
export const FAULTS = {
  lost: 'messages lost',
  duplicated: 'messages delivered twice',
  blocked: 'messages that met a cut link',
  cuts: 'links cut',
  oneWay: 'cuts that work in one direction only',
  partitions: 'rounds with a partition of all',
  crashes: 'crashes',
  midPersist: 'crashes in the middle of a persist',
  tornTails: 'journals that lost an unsynced tail',
  diskErrors: 'writes that failed (no space, input/output error)',
  slowDisks: 'disks slow for a while',
  slowCores: 'processors slow for a while',
  clockJumps: 'clocks that jumped',
  lateJoins: 'validators that started late',
  absences: 'validators away for the rest of the faults',
  frozen: 'validators not healed at the end',
  amnesias: 'journals lost as a whole',
  rollbacks: 'journals put back to an older state',
  bitFlips: 'journal records with a flipped bit',
  savepointFlips: 'savepoints with a flipped bit',
  savepointLosses: 'savepoints lost',
  savepointRelapses: 'savepoints put back to the one before',
  forged: 'blocks made by hand',
  forks: 'second blocks of a seq made on purpose',
  withheld: 'own messages kept from somebody',
  unheard: 'messages that a liar did not take',
  twinMessages: 'messages of the second instance of a validator',
} as const satisfies Record<string, string>;

export type FaultName = keyof typeof FAULTS;
export type FaultTally = Tally<FaultName>;
