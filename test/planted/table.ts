import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withPart } from '../documents/generated-part.ts';
import { projectFolder, readProjectFile } from '../project/files.ts';
import { SEEDS_MAX, type Survey } from './survey.ts';

const PART = {
  begin: '<!-- planted bugs: written by scripts/generate-docs.mjs -->',
  end: '<!-- end of planted bugs -->',
};
const RESULTS = 'bench/results';
const HEAD = ['| bug | caught | first seed | by, in so many seeds |', '|---|---|---|---|'];

/** What one run of scripts/planted.mjs found. `commit`: of what was run. */
export type PlantedRecord = { readonly commit: string; readonly surveys: readonly Survey[] };

/** The page with how often each planted bug is caught. */
export function withPlanted(page: string): string {
  return withPart(page, PART, `\n${plantedText(plantedRecord())}\n\n`);
}

/** The newest file COMMIT.jsonl in the folders of results that end in -planted. */
export function plantedRecord(): PlantedRecord {
  const list = (folder: string) => readdirSync(join(projectFolder, folder)).sort();
  const folder = list(RESULTS).findLast((name) => name.endsWith('-planted'));
  const [file] = list(`${RESULTS}/${folder}`);
  const lines = readProjectFile(`${RESULTS}/${folder}/${file}`).trimEnd().split('\n');
  return {
    commit: basename(file!, '.jsonl'),
    surveys: lines.map((line) => JSON.parse(line) as Survey),
  };
}

/** Those that are caught least often come first. */
export function plantedText({ commit, surveys }: PlantedRecord): string {
  const sorted = [...surveys].sort(
    (a, b) => a.caught.length - b.caught.length || (a.bug < b.bug ? -1 : 1),
  );
  const seconds = surveys.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return [
    `All ${SEEDS_MAX} seeds of each of the ${surveys.length} bugs (commit ${commit}, ${Math.round(seconds)} processor seconds):`,
    '',
    ...HEAD,
    ...sorted.map(row),
  ].join('\n');
}

function row({ bug, caught, checkers }: Survey): string {
  const by = Object.entries(checkers).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const names = by.map(([checker, seeds]) => `${checker} ${seeds}`).join(', ');
  return `| ${bug} | ${caught.length} | ${caught[0]} | ${names} |`;
}
