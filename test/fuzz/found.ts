import path from 'node:path';
import { readCorpus } from '../../fuzz/corpus.ts';
import { Coverage } from '../../fuzz/coverage.ts';
import { fuzz } from '../../fuzz/engine.ts';
import type { Target } from '../../fuzz/target.ts';
import { projectFolder } from '../project/files.ts';

/** Found after some dozens, all but what takes memory, which is looked at now and then. */
const EXECS = 2048;
const SEED = 1;

/** What the fuzzer says of a target. */
export async function found(target: Target): Promise<string[]> {
  try {
    return await searched(target);
  } catch (error) {
    // Of what the generator makes: where that is not read as it was written, nothing else is tried.
    return [`${error}`];
  }
}

async function searched(target: Target): Promise<string[]> {
  const corpus = readCorpus(path.join(projectFolder, 'fuzz', 'corpus'), target.name);
  let failures = 0;
  const report = await fuzz(target, {
    seed: SEED,
    corpus,
    coverage: new Coverage(() => false),
    timeMaxMs: null,
    goOn: (execs) => execs < EXECS && failures === 0,
    onBatch: (state) => {
      failures = state.failures;
    },
  });
  return report.failures.map(({ kind, detail }) => `${kind}: ${detail}`);
}
