import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePortBase } from '../src/devnet/free-ports.ts';
import { type Devnet, type DevnetValidator, layOutDevnet } from '../src/devnet/layout.ts';
import type { LifeSign } from '../src/node/process/lifeline.ts';
import { RUNTIME_FLAGS } from '../src/node/process/runtime-flags.ts';
import type { ProfilerAnswer, ProfilerOrder } from './profile/preload.ts';

/** What is run elsewhere too: the bundle has another curve than the sources (docs/adr/0017). */
const MAIN = fileURLToPath(new URL('../bundle/main.js', import.meta.url));
/** What a profile tells apart are files, and the bundle has none of them. */
const UNBUNDLED = fileURLToPath(new URL('../src/main.js', import.meta.url));
const PRELOAD = new URL('./profile/preload.js', import.meta.url).href;
const STOP_MS = 15_000;

export type BenchDevnetOptions = {
  readonly validators: number;
  /** Left out: the default. */
  readonly sharedChecks?: boolean;
  /** Of every validator. */
  readonly settings: Parameters<typeof layOutDevnet>[0]['settings'];
  /** Their processor time can be profiled. */
  readonly profiled: boolean;
  /** The first of its ports; free ones are found without it. */
  readonly portBase?: number;
};

/** A devnet of real processes in a folder of its own, which is removed at the end. */
export class BenchDevnet {
  readonly devnet: Devnet;
  readonly #children: readonly ChildProcess[];
  readonly #folder: string;
  readonly #kill = () => {
    for (const child of this.#children) child.kill('SIGKILL');
  };

  private constructor(devnet: Devnet, children: readonly ChildProcess[], folder: string) {
    this.devnet = devnet;
    this.#children = children;
    this.#folder = folder;
    process.once('exit', this.#kill);
  }

  /** Resolves when all validators are ready. */
  static async start(options: BenchDevnetOptions): Promise<BenchDevnet> {
    const { profiled, portBase, ...chosen } = options;
    const { validators } = chosen;
    const folder = mkdtempSync(path.join(tmpdir(), 'althing-bench-'));
    const devnet = layOutDevnet({
      ...chosen,
      accounts: 1,
      seed: null,
      reset: false,
      home: folder,
      portBase: portBase ?? (await freePortBase(validators)),
    });
    const program = profiled ? ['--import', PRELOAD, UNBUNDLED] : [MAIN];
    const children = devnet.validators.map(({ home }) =>
      spawn(process.execPath, [...RUNTIME_FLAGS, ...program, 'start', '--home', home], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    const started = new BenchDevnet(devnet, children, folder);
    try {
      await Promise.all(children.map(untilReady));
      return started;
    } catch (cause) {
      await started.stop();
      throw cause;
    }
  }

  get pids(): readonly number[] {
    return this.#children.map(({ pid }) => pid ?? 0);
  }

  get validators(): readonly DevnetValidator[] {
    return this.devnet.validators;
  }

  get targets(): readonly string[] {
    return this.devnet.validators.map(({ rest }) => rest);
  }

  /** Begins a profile in every thread of every validator. */
  async startProfile(): Promise<void> {
    await this.#order({ kind: 'profile-start' });
  }

  /** Profiles of all threads since, as V8 writes them. */
  async stopProfile(): Promise<readonly ProfilerAnswer[]> {
    return this.#order({ kind: 'profile-stop', folder: this.#folder });
  }

  async stop(): Promise<void> {
    const ends = this.#children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    });
    const late = setTimeout(this.#kill, STOP_MS);
    await Promise.all(ends);
    clearTimeout(late);
    process.off('exit', this.#kill);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #order(order: ProfilerOrder): Promise<readonly ProfilerAnswer[]> {
    return Promise.all(
      this.#children.map(async (child) => {
        const answer = nextMessage(child);
        child.send(order);
        return (await answer) as ProfilerAnswer;
      }),
    );
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  const first = (await nextMessage(child)) as LifeSign;
  if (first.kind === 'failed') throw new Error(first.detail);
}

/** Rejects when the process ends without one. */
async function nextMessage(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a validator ended with exit code ${code} and said nothing`);
  });
  const message = once(child, 'message').then(([first]: unknown[]) => first);
  ended.catch(() => undefined);
  return Promise.race([message, ended]);
}

/** Processor time of each thread of a process in milliseconds, the main thread first. */
export function threadMs(pid: number): number[] {
  const folder = `/proc/${pid}/task`;
  const threads = readdirSync(folder).sort((a, b) => Number(a) - Number(b));
  return threads.map((thread) => {
    const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  });
}
