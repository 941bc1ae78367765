import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LifeSign } from '../node/process/lifeline.ts';
import { RUNTIME_FLAGS } from '../node/process/runtime-flags.ts';
import type { DevnetValidator } from './layout.ts';

/** A validator that is gone though the devnet has not stopped it. */
export type Death = {
  readonly validator: DevnetValidator;
  readonly detail: string;
  /** Not ended by somebody's signal, as who tries what happens then sends it. */
  readonly isFailure: boolean;
};

const SENT_BY_PEOPLE: ReadonlySet<NodeJS.Signals | null> = new Set([
  'SIGHUP',
  'SIGINT',
  'SIGKILL',
  'SIGTERM',
]);

/** How long a validator may take to stop before it is killed. */
const STOP_MS = 10_000;

type Running = {
  readonly validator: DevnetValidator;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  failure: string | null;
};

/** The validators of a devnet, one process each, that live no longer than this one. */
export class DevnetProcesses {
  readonly #running: Running[] = [];
  readonly #onDeath: (death: Death) => void;
  readonly #deserted = Promise.withResolvers<void>();
  #alive = 0;
  #stopping = false;

  constructor(onDeath: (death: Death) => void) {
    this.#onDeath = onDeath;
  }

  /** Resolves when none is left: there is nothing to wait for any more. */
  get deserted(): Promise<void> {
    return this.#deserted.promise;
  }

  get pids(): readonly number[] {
    return this.#running.map(({ child }) => child.pid ?? 0);
  }

  /** Resolves when the validator is ready; rejects with its own words if it ends before. */
  start(validator: DevnetValidator): Promise<void> {
    const main = fileURLToPath(new URL('../main.js', import.meta.url));
    const args = [...RUNTIME_FLAGS, main, 'start', '--home', validator.home];
    // In a process group of its own: the Ctrl-C of a terminal comes here only, and stops them in order.
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
    });
    const exit = Promise.withResolvers<void>();
    const ready = Promise.withResolvers<void>();
    ready.promise.catch(() => undefined);
    const running: Running = { validator, child, exited: exit.promise, failure: null };
    this.#running.push(running);
    this.#alive += 1;
    let wasReady = false;
    child.on('message', (sign: LifeSign) => {
      if (sign.kind === 'failed') running.failure = sign.detail;
      else {
        wasReady = true;
        ready.resolve();
      }
    });
    child.on('error', (error) => {
      running.failure = error.message;
    });
    child.on('close', (code, signal) => {
      exit.resolve();
      const detail = running.failure ?? `it ended with ${signal ?? `exit code ${code}`}`;
      ready.reject(new Error(detail));
      const isFailure = code !== 0 && !SENT_BY_PEOPLE.has(signal);
      if (wasReady && !this.#stopping) this.#onDeath({ validator, detail, isFailure });
      this.#alive -= 1;
      if (this.#alive === 0) this.#deserted.resolve();
    });
    return ready.promise;
  }

  /** Asks all to stop and kills who does not in time. Safe to call again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { child } of this.#running) child.kill('SIGTERM');
    const late = setTimeout(() => this.kill(), STOP_MS);
    await Promise.all(this.#running.map(({ exited }) => exited));
    clearTimeout(late);
  }

  /** At once, for the end of this process. */
  kill(): void {
    this.#stopping = true;
    for (const { child } of this.#running) child.kill('SIGKILL');
  }
}
