import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LifeSign } from '../../src/node/process/lifeline.ts';
import { RUNTIME_FLAGS } from '../../src/node/process/runtime-flags.ts';
import type { LaneId } from '../../src/types/ids.ts';
import { ORDERS_VARIABLE, type Order, type Orders } from './orders.ts';

/** What a validator runs: a bundle that orders can reach into, or what users run. */
export const OBEDIENT = fileURLToPath(new URL('../bundle/main.js', import.meta.url));
export const BUNDLE = fileURLToPath(new URL('../../bundle/main.js', import.meta.url));
const PRELOAD = new URL('./preload.js', import.meta.url).href;

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ValidatorPlace = {
  readonly lane: LaneId;
  readonly home: string;
  readonly rest: string;
  readonly metrics: string;
  /** Flags that make it listen where it lives. */
  readonly flags: readonly string[];
  /** The command that runs another one there. */
  readonly enter: readonly string[];
};

type Life = {
  readonly child: ChildProcess;
  /** Somebody here has ended it. */
  isAsked: boolean;
  readonly ended: Promise<Ended>;
  readonly ready: Promise<void>;
};

/** One validator of a fleet: a process that comes and goes, and a folder that stays. */
export class Validator {
  readonly place: ValidatorPlace;
  #life: Life | null = null;
  #isPaused = false;
  #starts = 0;
  readonly #deaths: string[] = [];

  constructor(place: ValidatorPlace) {
    this.place = place;
  }

  get lane(): LaneId {
    return this.place.lane;
  }

  get isRunning(): boolean {
    return this.#life !== null;
  }

  /** Running and not paused. */
  get isUp(): boolean {
    return this.#life !== null && !this.#isPaused;
  }

  get starts(): number {
    return this.#starts;
  }

  /** What it said each time that it ended although nobody had asked it to. */
  get deaths(): readonly string[] {
    return this.#deaths;
  }

  get pid(): number | null {
    return this.#life?.child.pid ?? null;
  }

  /** Resolves when the process has ended, however; at once when there is none. */
  get ended(): Promise<Ended> {
    return this.#life?.ended ?? Promise.resolve({ code: 0, signal: null });
  }

  /** Starts the process; `ready` of the answer resolves at its life sign and rejects when it ends before. */
  start(
    orders: Orders = {},
    program = OBEDIENT,
  ): { readonly ready: Promise<void>; readonly ended: Promise<Ended> } {
    if (this.#life !== null) throw new Error(`validator ${this.lane} runs already`);
    const { enter, home, flags } = this.place;
    const node = [process.execPath, ...RUNTIME_FLAGS, '--import', PRELOAD, program];
    const [command = '', ...args] = [...enter, ...node, 'start', '--home', home, ...flags];
    // A file, since whoever reads a pipe could be slower than it writes.
    const errors = openSync(this.#errorFile, 'w');
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', errors, 'ipc'],
      env: { ...process.env, [ORDERS_VARIABLE]: JSON.stringify(orders) },
    });
    closeSync(errors);
    this.#starts += 1;
    const life = this.#follow(child);
    this.#life = life;
    return life;
  }

  /** What the last process complained about. */
  complaint(): string {
    return readFileSync(this.#errorFile, 'utf8').trim();
  }

  /** Kill -9. Resolves when it is gone. */
  async kill(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    life.isAsked = true;
    life.child.kill('SIGKILL');
    await life.ended;
  }

  async stop(): Promise<Ended> {
    const life = this.#life;
    if (life === null) return { code: 0, signal: null };
    if (this.#isPaused) this.resume();
    life.isAsked = true;
    life.child.kill('SIGTERM');
    return life.ended;
  }

  pause(): void {
    if (this.#life?.child.kill('SIGSTOP') === true) this.#isPaused = true;
  }

  resume(): void {
    this.#life?.child.kill('SIGCONT');
    this.#isPaused = false;
  }

  order(order: Order): void {
    this.#life?.child.send(order, () => {});
  }

  get #errorFile(): string {
    return `${this.place.home}.err`;
  }

  #follow(child: ChildProcess): Life {
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<Ended>();
    ready.promise.catch(() => undefined);
    child.on('message', (sign: LifeSign) => {
      if (sign.kind === 'ready') ready.resolve();
    });
    child.on('error', (cause) => ready.reject(cause));
    const life = { child, isAsked: false, ready: ready.promise, ended: ended.promise };
    child.on('exit', (code, signal) => {
      this.#life = null;
      this.#isPaused = false;
      const words = `validator ${this.lane} ended with ${signal ?? code}: ${this.complaint()}`;
      if (!life.isAsked) this.#deaths.push(words);
      ready.reject(new Error(words));
      ended.resolve({ code, signal });
    });
    return life;
  }
}
