import type { Reaching } from './coverage.ts';
import type { Mutant } from './mutant.ts';
import { carryOut, type Failed, type Job, type Message, NO_MUTANT, type Orders } from './orders.ts';

/** Do these tests see the mutant? */
export type Question = { readonly mutant: Mutant; readonly tests: readonly Reaching[] };

/** `unclear`: to be asked alone, because the process ended, was spoilt, or did not reach the mutant again. */
export type Answer = {
  readonly state: 'killed' | 'endless' | 'survived' | 'unclear';
  readonly test?: string;
};

type Judged = Extract<Message, { kind: 'judged' }>;

/** More often than without the mutant is no fault; this much more often is no end. */
const HITS_FACTOR = 100;
const CPU_FACTOR = 5;
const CPU_MS_MORE = 10_000;

/** In one process, as long as it can be asked; then in another. */
export async function askTogether(
  questions: readonly Question[],
  answered: (question: Question, answer: Answer) => void,
): Promise<void> {
  let left = questions;
  while (left.length > 0) {
    let begun = 0;
    let open: Question | undefined;
    await carryOut(ordersFor(left), NO_MUTANT, (message) => {
      if (message.kind === 'begun') open = left[begun++];
      if (message.kind !== 'judged' || open === undefined) return;
      answered(open, answerOf(message));
      open = undefined;
    });
    if (begun === 0) throw new Error('the tests do not load without a mutant');
    if (open !== undefined) answered(open, { state: 'unclear' });
    left = left.slice(begun);
  }
}

function answerOf({ failed, hits, isSpoilt }: Judged): Answer {
  if (failed !== undefined) return isSpoilt ? { state: 'unclear' } : found(failed);
  return { state: hits === 0 ? 'unclear' : 'survived' };
}

/** In a process in which the mutant is on before anything is loaded. What fails must not fail without it. */
export async function askAlone(question: Question): Promise<Answer> {
  const { isLoaded, judged } = await once(question, question.mutant.id);
  if (judged !== undefined && judged.failed === undefined) return { state: 'survived' };
  const control = await once(question, NO_MUTANT);
  if (control.judged === undefined || control.judged.failed !== undefined) {
    const name = control.judged?.failed?.name ?? question.tests.map(({ file }) => file).join();
    throw new Error(`fails without a mutant: ${name}`);
  }
  if (judged?.failed !== undefined) return found(judged.failed);
  return isLoaded ? { state: 'endless' } : { state: 'killed', test: 'loading' };
}

function found({ file, name }: Failed): Answer {
  return { state: 'killed', test: `${file} ${name}` };
}

async function once(question: Question, mutant: number) {
  let isLoaded = false;
  let judged: Judged | undefined;
  await carryOut(ordersFor([question], mutant), mutant, (message) => {
    if (message.kind === 'loaded') isLoaded = true;
    if (message.kind === 'judged') judged = message;
  });
  return { isLoaded, judged: judged as Judged | undefined };
}

/** `mutant`: the one that is on instead of what is asked about. */
function ordersFor(questions: readonly Question[], mutant?: number): Orders {
  const files = new Set(questions.flatMap(({ tests }) => tests.map(({ file }) => file)));
  const jobs = questions.map((question) => jobOf(question, mutant ?? question.mutant.id));
  return { files: [...files], jobs };
}

function jobOf({ tests }: Question, id: number): Job {
  const hits = tests.reduce((sum, test) => sum + test.hits, 0);
  const cpuMs = tests.reduce((sum, test) => sum + test.cpuMs + test.preparedMs, 0);
  return {
    id,
    tests: tests.map(({ file, index }) => ({ file, ...(index !== undefined && { index }) })),
    hitsMax: HITS_FACTOR * (hits + 100),
    cpuMsMax: CPU_FACTOR * cpuMs + CPU_MS_MORE,
  };
}
