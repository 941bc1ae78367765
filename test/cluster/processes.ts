import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type DevnetState, readDevnetState } from '../../src/devnet/layout.ts';
import type { LifeSign } from '../../src/node/process/lifeline.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
};

/** One althing process of a test. */
export class Althing {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program: string = MAIN,
  ) {
    this.child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#err += text));
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code,
      signal,
      out: this.#out,
      err: this.#err,
    }));
  }

  get err(): string {
    return this.#err;
  }

  /** Resolves when standard output matches; rejects when the process ends before. */
  said(pattern: RegExp): Promise<string> {
    return this.#until(this.child.stdout, () => (pattern.test(this.#out) ? this.#out : null));
  }

  /** The same of standard error. */
  complained(pattern: RegExp): Promise<string> {
    return this.#until(this.child.stderr, () => (pattern.test(this.#err) ? this.#err : null));
  }

  /** The first life sign of a node. */
  async lifeSign(): Promise<LifeSign> {
    const first = once(this.child, 'message').then(([sign]) => sign as LifeSign);
    return Promise.race([first, this.ended.then((end) => Promise.reject(new Error(end.err)))]);
  }

  /** As kill -9 does. */
  kill(): Promise<Ended> {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  #until(stream: NodeJS.ReadableStream | null, look: () => string | null): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found !== null) resolve(found);
      };
      stream?.on('data', check);
      void this.ended.then(({ out, err }) => reject(new Error(`ended early: ${out}${err}`)));
      check();
    });
  }
}

/** Runs a command to its end. */
export function althing(...args: string[]): Promise<Ended> {
  return new Althing(args).ended;
}

/** A devnet on free ports. It is up when this resolves. */
export async function startDevnet(
  home: string,
  ...args: string[]
): Promise<{ process: Althing; state: DevnetState }> {
  const process = new Althing(['devnet', '--home', home, '--port-base', '0', ...args]);
  await process.said(/Ctrl-C stops/);
  const state = readDevnetState(home);
  if (state === null) throw new Error('a devnet that is up has a state file');
  return { process, state };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
