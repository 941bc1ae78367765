import type { Target } from './target.ts';
import { CODEC_TARGETS } from './targets/codec.ts';
import { JOURNAL_TARGETS } from './targets/journal.ts';
import { PAGE_TARGETS } from './targets/pages.ts';
import { PROOF_TARGETS } from './targets/proofs.ts';
import { proposalTarget } from './targets/proposals.ts';
import { RECORDING_TARGETS } from './targets/recordings.ts';
import { RECORD_TARGETS } from './targets/records.ts';
import { REST_TARGETS } from './targets/rest.ts';
import { RUN_FILE_TARGET } from './targets/run-file.ts';
import { RUNS_STORE_TARGET } from './targets/runs-store.ts';
import { START_TARGETS } from './targets/starts.ts';
import { STREAM_TARGETS } from './targets/streams.ts';
import { TEXT_TARGETS } from './targets/texts.ts';

/** Everything in the project that reads bytes which somebody else may have written. */
export const TARGETS: readonly Target[] = [
  ...CODEC_TARGETS,
  ...PROOF_TARGETS,
  proposalTarget(),
  ...TEXT_TARGETS,
  ...STREAM_TARGETS,
  ...RECORDING_TARGETS,
  ...RECORD_TARGETS,
  ...PAGE_TARGETS,
  ...JOURNAL_TARGETS,
  ...START_TARGETS,
  RUN_FILE_TARGET,
  RUNS_STORE_TARGET,
  ...REST_TARGETS,
];
