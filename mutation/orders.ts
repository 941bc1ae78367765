import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stage } from './mutant.ts';
import { built } from './tests.ts';

/* What the process that judges is told, what it says, and how it is started (`mutation/runner.ts`). */

export const NO_MUTANT = -1;

export type Job = {
  readonly id: number;
  /** In this order; without an index all of the file. */
  readonly tests: readonly { readonly file: string; readonly index?: number }[];
  readonly hitsMax: number;
  readonly cpuMsMax: number;
};

export type Orders = { readonly files: readonly string[]; readonly jobs: readonly Job[] };

export type Failed = { readonly file: string; readonly index: number; readonly name: string };

export type Message =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'begun'; readonly id: number }
  | {
      readonly kind: 'judged';
      readonly id: number;
      readonly hits: number;
      /** The test that failed does so without the mutant, too, by now. */
      readonly isSpoilt: boolean;
      /** Of the whole process, so far. */
      readonly cpuMs: number;
      readonly failed?: Failed;
    };

let cpuMs = 0;

/** Processor time of all processes, as far as they said it. */
export function cpuMsSpent(): number {
  return cpuMs;
}

/** Hears all that the process says before it ends. `mutant`: on before anything is loaded. */
export async function carryOut(
  orders: Orders,
  mutant: number,
  heard: (message: Message) => void,
): Promise<void> {
  const place = path.join(stage, 'orders.json');
  writeFileSync(place, JSON.stringify(orders));
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=1024', path.join(built, 'mutation', 'runner.js'), place],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, ALTHING_MUTANT: String(mutant) },
    },
  );
  const lines = createInterface({ input: child.stdio[3] as Readable });
  let own = 0;
  lines.on('line', (line) => {
    const message: Message = JSON.parse(line);
    if (message.kind === 'judged') own = message.cpuMs;
    heard(message);
  });
  await new Promise((ended) => lines.once('close', ended));
  cpuMs += own;
}
