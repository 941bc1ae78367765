import { DEFECTS } from '../sim/defects/defects.ts';
import type { CheckName } from './facts.ts';
import type { Tampering } from './instance.ts';

export type BugName = keyof typeof DEFECTS;

/** A bug of the simulator's list, a scope that finds it soon, and what it is found by. */
export type Planted = {
  readonly bug: BugName;
  readonly scope: string;
  readonly foundBy: CheckName;
};

/** What shows that an exploration can fail; docs/TESTING.md lists it. */
export const PLANTED: readonly Planted[] = [
  { bug: 'quorum-too-small', scope: 'silent-fourth', foundBy: 'dependency-service' },
  { bug: 'acks-by-arrival', scope: 'silent-fourth', foundBy: 'dependency-service' },
  { bug: 'members-by-acks', scope: 'silent-fourth', foundBy: 'dependency-service' },
  { bug: 'dependencies-not-awaited', scope: 'silent-fourth', foundBy: 'dependency-service' },
  { bug: 'every-ack-clean', scope: 'silent-fourth', foundBy: 'dependency-service' },
  { bug: 'first-branch-only', scope: 'forked-rivals', foundBy: 'dependency-service' },
  { bug: 'final-when-certified', scope: 'child', foundBy: 'early-final' },
  { bug: 'context-by-local-state', scope: 'child', foundBy: 'admission' },
  { bug: 'settled-by-newest-tips', scope: 'child', foundBy: 'admission' },
  { bug: 'store-loses-block', scope: 'forked-rivals', foundBy: 'admission' },
  { bug: 'equivocators-referenced', scope: 'double-spend', foundBy: 'own-admissible' },
  { bug: 'commits-unprepared', scope: 'cut', foundBy: 'own-admissible' },
  { bug: 'verdict-changes', scope: 'late-ack', foundBy: 'dependency-service' },
  { bug: 'class-by-majority', scope: 'lying-verdicts', foundBy: 'dependency-service' },
  { bug: 'prepared-ignored', scope: 'later-decision', foundBy: 'checkpoint' },
  { bug: 'early-in-ledger', scope: 'beside-a-cut', foundBy: 'checkpoint' },
  { bug: 'branches-confused', scope: 'three-rivals', foundBy: 'dependency-service' },
  { bug: 'rivals-unseen', scope: 'three-rivals', foundBy: 'dependency-service' },
  { bug: 'copies-uncounted', scope: 'three-rivals', foundBy: 'dependency-service' },
  { bug: 'contested-told-final', scope: 'three-rivals', foundBy: 'dependency-service' },
  { bug: 'epoch-by-everything-known', scope: 'later-time-outs', foundBy: 'admission' },
  // These four in its opening moves.
  { bug: 'prepared-by-fewer', scope: 'later-time-outs', foundBy: 'own-admissible' },
  { bug: 'decided-by-fewer', scope: 'later-time-outs', foundBy: 'early-final' },
  { bug: 'views-entered-by-fewer', scope: 'later-time-outs', foundBy: 'own-admissible' },
  { bug: 'everybody-leads', scope: 'later-time-outs', foundBy: 'own-admissible' },
];

/** Bugs of the protocol's parts; those of disks, drivers and links have nothing to spoil here. */
export const BUGS = (Object.keys(DEFECTS) as BugName[]).filter((bug) => {
  const { tamper, committee } = tamperingOf(bug);
  return tamper !== undefined || committee !== undefined;
});

export function tamperingOf(bug: BugName): Tampering {
  const defect: Tampering & object = DEFECTS[bug];
  return defect;
}
