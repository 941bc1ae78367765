import { writeSync } from 'node:fs';
import process from 'node:process';
import type { TestEvent } from 'node:test/reporters';

/* A reporter that ends the process at the first failure: one is enough to judge a mutant. */

export type Outcome = {
  readonly failed?: string;
  readonly passed: number;
  readonly cpuMs: number;
};

export default async function* bail(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  for await (const { type, data } of events) {
    if (type === 'test:fail') {
      writeSync(1, lineOf({ failed: data.name, passed, cpuMs: cpuMs() }));
      process.exit(1);
    }
    const isTest = type === 'test:pass' && data.details.type !== 'suite';
    if (isTest && data.skip === undefined) passed += 1;
  }
  yield lineOf({ passed, cpuMs: cpuMs() });
}

/** The last line of what the process says. */
function lineOf(outcome: Outcome): string {
  return `\n${JSON.stringify(outcome)}\n`;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
