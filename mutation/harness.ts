import { mock, type TestContext } from 'node:test';

/*
 * What stands for node:test in the build with the mutants. There a process runs a test once and ends; here the same
 * process runs it again for one mutant after the other, with code that is loaded and compiled already.
 */

type Body = (context: TestContext) => unknown;
type Options = { readonly skip?: unknown };
type Hook = () => unknown;
type Suite = {
  readonly parent: Suite | null;
  readonly name: string;
  readonly before: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  readonly after: Hook[];
};
export type Test = { readonly name: string; readonly suite: Suite; readonly body: Body };

let tests: Test[] = [];
let suite = suiteIn(null, '');

/** The tests that a file defines while it is loaded. */
export async function testsOf(load: () => Promise<unknown>): Promise<readonly Test[]> {
  tests = [];
  suite = suiteIn(null, '');
  await load();
  return tests;
}

/** Tests that are run one after the other: what their suites prepare is prepared once, and cleared away at the end. */
export class Run {
  readonly #entered: Suite[] = [];

  async prepare({ suite }: Test): Promise<void> {
    for (const next of around(suite)) {
      if (this.#entered.includes(next)) continue;
      this.#entered.push(next);
      for (const hook of next.before) await hook();
    }
  }

  async test({ suite, body }: Test): Promise<void> {
    const suites = around(suite);
    const own: Hook[] = [];
    const context = { mock, after: (hook: Hook) => own.push(hook), skip: () => undefined };
    try {
      for (const { beforeEach } of suites) for (const hook of beforeEach) await hook();
      await body(context as unknown as TestContext);
    } finally {
      mock.reset();
      const each = suites.reverse().flatMap(({ afterEach }) => afterEach);
      for (const hook of [...own, ...each]) await hook();
    }
  }

  async end(): Promise<void> {
    for (const { after } of this.#entered.reverse()) for (const hook of after) await hook();
  }
}

export function test(name: string, ...rest: readonly [Body] | readonly [Options, Body]): void {
  const [options, body] = rest.length === 1 ? [{ skip: false }, rest[0]] : rest;
  const full = [...around(suite).slice(1), { name }].map((part) => part.name).join(' > ');
  if (!options.skip) tests.push({ name: full, suite, body });
}

export const it = test;
export { mock };

export function describe(name: string, ...rest: readonly [Hook] | readonly [Options, Hook]): void {
  const outer = suite;
  suite = suiteIn(outer, name);
  const body = rest.length === 1 ? rest[0] : rest[1];
  body();
  suite = outer;
}

export function before(hook: Hook): void {
  suite.before.push(hook);
}

export function beforeEach(hook: Hook): void {
  suite.beforeEach.push(hook);
}

export function afterEach(hook: Hook): void {
  suite.afterEach.push(hook);
}

export function after(hook: Hook): void {
  suite.after.push(hook);
}

function suiteIn(parent: Suite | null, name: string): Suite {
  return { parent, name, before: [], beforeEach: [], afterEach: [], after: [] };
}

/** From the outermost to this one. */
function around(inner: Suite | null): Suite[] {
  return inner === null ? [] : [...around(inner.parent), inner];
}
