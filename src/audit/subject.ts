import { ledgerIdOf } from '../codec/genesis.ts';
import { type Committee, createCommittee } from '../committee/committee.ts';
import { emptyTally } from '../std/tally.ts';
import type { Genesis } from '../types/genesis.ts';
import type { LedgerId } from '../types/ids.ts';
import type { Verifier } from '../types/signature.ts';
import { COUNTED, type Counts } from './counts.ts';
import { Findings } from './findings.ts';

/** The ledger that is audited, by what its genesis says, and what has been found so far. */
export type Subject = {
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly verifier: Verifier;
  readonly findings: Findings;
  readonly counts: Counts;
};

export function subjectOf(genesis: Genesis, verifier: Verifier): Subject {
  return {
    genesis,
    ledgerId: ledgerIdOf(genesis),
    committee: createCommittee(genesis.committee),
    verifier,
    findings: new Findings(),
    counts: emptyTally(COUNTED),
  };
}
