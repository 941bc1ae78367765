import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder, readProjectFile } from '../project/files.ts';

type Counts = Readonly<Record<string, number>>;

/** Seeds of one kind and size that one build has run; from and to of each range are both in it. */
export type SeedsRun = {
  /** What was compiled, and of which commit. */
  readonly build: string;
  readonly commit: string;
  readonly kind: string;
  readonly validators: number;
  readonly sharedChecks: boolean;
  readonly seeds: readonly (readonly [number, number])[];
  readonly cpuSeconds: number;
  readonly simulatedMs: number;
  readonly failed: number;
};

/** What one file says: `counted` are the sums over some of the seeds, of what was counted in them. */
export type SeedRecord = {
  readonly runs: readonly SeedsRun[];
  readonly counted: readonly {
    readonly runs: number;
    readonly faults: Counts;
    readonly coverage: Counts;
  }[];
};

/** As `sim --record` sums up what it noted; the commit is added where it is known. */
type Sum = Omit<SeedsRun, 'commit' | 'failed'> & {
  readonly commit?: string;
  readonly runs: number;
  readonly faults: Counts;
  readonly coverage: Counts;
  readonly failed: readonly unknown[];
};

/** The oldest record: what was counted is known for all its batches together only. */
type Batches = {
  readonly runs: number;
  readonly faults: Counts;
  readonly coverage: Counts;
  readonly batches: readonly (Pick<
    SeedsRun,
    'kind' | 'validators' | 'cpuSeconds' | 'simulatedMs'
  > & {
    readonly commit: string;
    readonly firstSeed: number;
    readonly runs: number;
    readonly failed: readonly unknown[];
  })[];
};

const RESULTS = 'bench/results';

/** Of every file in the folders of results that end in -sim. */
export function seedRecords(): SeedRecord[] {
  const list = (folder: string) => readdirSync(join(projectFolder, folder)).sort();
  const folders = list(RESULTS).filter((name) => name.endsWith('-sim'));
  const files = folders.flatMap((folder) =>
    list(`${RESULTS}/${folder}`).map((name) => `${RESULTS}/${folder}/${name}`),
  );
  return files.map((file) => parseRecord(readProjectFile(file)));
}

export function parseRecord(text: string): SeedRecord {
  const json = JSON.parse(text) as readonly Sum[] | Batches;
  return 'batches' in json ? ofBatches(json) : ofSums(json);
}

function ofSums(sums: readonly Sum[]): SeedRecord {
  return {
    counted: sums,
    runs: sums.map((sum) => ({
      ...sum,
      commit: sum.commit ?? `build ${sum.build}`,
      failed: sum.failed.length,
    })),
  };
}

function ofBatches(record: Batches): SeedRecord {
  return {
    counted: [record],
    runs: record.batches.map(({ firstSeed, runs, ...batch }) => ({
      ...batch,
      build: batch.commit,
      sharedChecks: false,
      seeds: [[firstSeed, firstSeed + runs - 1]],
      failed: batch.failed.length,
    })),
  };
}
