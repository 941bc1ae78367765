import { type Answer, askAlone, askTogether, type Question } from './asking.ts';
import { chosen } from './choice.ts';
import type { Coverage, Reaching } from './coverage.ts';
import type { Mutant } from './mutant.ts';
import type { Judge } from './tests.ts';

export type Verdict = {
  readonly state: 'killed' | 'endless' | 'survived' | 'not reached';
  /** Who found it, and by which test. */
  readonly judge?: Judge;
  readonly test?: string;
};

/** Asks the judges one after the other until one says no. `judges`: with what each may cost for a mutant. */
export async function judgeAll(
  mutants: readonly Mutant[],
  coverage: Coverage,
  judges: ReadonlyMap<Judge, number>,
  done: (mutant: Mutant, verdict: Verdict) => void,
): Promise<void> {
  let left = mutants;
  for (const [judge, cpuMsMax] of judges) {
    const found = new Set<Mutant>();
    await askJudge(left, coverage, { judge, cpuMsMax }, (mutant, { state, test }) => {
      if (state === 'survived' || state === 'unclear') return;
      found.add(mutant);
      done(mutant, { state, judge, ...(test !== undefined && { test }) });
    });
    left = left.filter((mutant) => !found.has(mutant));
  }
  for (const mutant of left) {
    done(mutant, { state: coverage.has(mutant.id) ? 'survived' : 'not reached' });
  }
}

/** First all at once, with the tests that reach a mutant; then alone what is met while files are loaded, too. */
async function askJudge(
  mutants: readonly Mutant[],
  coverage: Coverage,
  { judge, cpuMsMax }: { readonly judge: Judge; readonly cpuMsMax: number },
  answered: (mutant: Mutant, answer: Answer) => void,
): Promise<void> {
  const together: Question[] = [];
  const alone = new Map<Mutant, readonly Reaching[]>();
  for (const mutant of mutants) {
    const all = (coverage.get(mutant.id) ?? []).filter((one) => one.judge === judge);
    const [tests, files] = [all.filter(isTest), all.filter((one) => !isTest(one))];
    if (tests.length > 0) together.push({ mutant, tests: chosen(mutant, tests, cpuMsMax) });
    if (files.length > 0) alone.set(mutant, chosen(mutant, files, cpuMsMax));
  }
  await askTogether(together, ({ mutant, tests }, answer) => {
    answered(mutant, answer);
    if (answer.state === 'killed') alone.delete(mutant);
    if (answer.state === 'unclear') alone.set(mutant, [...tests, ...(alone.get(mutant) ?? [])]);
  });
  for (const [mutant, tests] of alone) answered(mutant, await askAlone({ mutant, tests }));
}

function isTest({ index }: Reaching): boolean {
  return index !== undefined;
}
