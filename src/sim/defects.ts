import { CHECKS_DEFECTS } from './defects/checks.ts';
import { CONSENSUS_DEFECTS } from './defects/consensus.ts';
import { DAG_DEFECTS } from './defects/dag.ts';
import type { Defect } from './defects/defect.ts';
import { DEPENDENCY_DEFECTS } from './defects/dependency.ts';
import { EXECUTION_DEFECTS } from './defects/execution.ts';
import { GENERATION_DEFECTS } from './defects/generations.ts';
import { ISS_DEFECTS } from './defects/iss.ts';
import { LEDGER_DEFECTS } from './defects/ledger.ts';
import { RECOVERY_DEFECTS } from './defects/recovery.ts';
import { RETENTION_DEFECTS } from './defects/retention.ts';
import { SAVEPOINT_DEFECTS } from './defects/savepoints.ts';
import { SYNC_DEFECTS } from './defects/sync.ts';

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
