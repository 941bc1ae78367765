import { CHECKS_DEFECTS } from './checks.ts';
import { CONSENSUS_DEFECTS } from './consensus.ts';
import { DAG_DEFECTS } from './dag.ts';
import type { Defect } from './defect.ts';
import { DEPENDENCY_DEFECTS } from './dependency.ts';
import { EXECUTION_DEFECTS } from './execution.ts';
import { GENERATION_DEFECTS } from './generations.ts';
import { ISS_DEFECTS } from './iss.ts';
import { LEDGER_DEFECTS } from './ledger.ts';
import { RECOVERY_DEFECTS } from './recovery.ts';
import { RETENTION_DEFECTS } from './retention.ts';
import { SAVEPOINT_DEFECTS } from './savepoints.ts';
import { SYNC_DEFECTS } from './sync.ts';

/** All planted bugs by the part of the protocol that they break. */
export const DEFECTS_OF = {
  dag: DAG_DEFECTS,
  dependency: DEPENDENCY_DEFECTS,
  consensus: CONSENSUS_DEFECTS,
  execution: EXECUTION_DEFECTS,
  ledger: LEDGER_DEFECTS,
  iss: ISS_DEFECTS,
  recovery: RECOVERY_DEFECTS,
  sync: SYNC_DEFECTS,
  checks: CHECKS_DEFECTS,
  generations: GENERATION_DEFECTS,
  savepoints: SAVEPOINT_DEFECTS,
  retention: RETENTION_DEFECTS,
};

const ALL = {
  ...DAG_DEFECTS,
  ...DEPENDENCY_DEFECTS,
  ...CONSENSUS_DEFECTS,
  ...EXECUTION_DEFECTS,
  ...LEDGER_DEFECTS,
  ...ISS_DEFECTS,
  ...RECOVERY_DEFECTS,
  ...SYNC_DEFECTS,
  ...CHECKS_DEFECTS,
  ...GENERATION_DEFECTS,
  ...SAVEPOINT_DEFECTS,
  ...RETENTION_DEFECTS,
};

export type DefectName = keyof typeof ALL;

export const DEFECTS: Readonly<Record<DefectName, Defect>> = ALL;
