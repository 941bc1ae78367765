import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AlgodClient } from '../../src/replay/load/algod-client.ts';
import { BYTES_SENT } from '../../src/replay/load/meter.ts';
import { algorandTemplate, type Parameters } from './algorand-template.ts';
import { type Network, signalAll } from './network.ts';

const READY_MS = 600_000;
const POLL_MS = 300;
const STOP_MS = 1500;
const run = promisify(execFile);

/** Whether Algorand's own command-line tool is on the PATH. */
export function hasGoal(): boolean {
  try {
    execFileSync('goal', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** A private network that `goal` lays out and starts; every node is connected to every other one. */
export class AlgorandNetwork implements Network {
  readonly version: string;
  readonly spec: Network['spec'];
  readonly purse: Network['purse'];
  readonly meter: Network['meter'];
  readonly #root: string;
  readonly #nodes: readonly string[];

  private constructor(root: string, nodes: readonly string[], mnemonic: string, version: string) {
    const read = (node: string, file: string) => readFileSync(path.join(node, file), 'utf8').trim();
    const urls = nodes.map((node) => `http://${read(node, 'algod.net')}`);
    this.#root = root;
    this.#nodes = nodes;
    this.version = version;
    this.spec = {
      system: 'algorand',
      urls,
      tokens: nodes.map((node) => read(node, 'algod.token')),
    };
    this.purse = { system: 'algorand', mnemonic };
    this.meter = {
      pids: nodes.map((node) => Number(read(node, 'algod.pid'))),
      metricsUrls: urls.map((url) => `${url}/metrics`),
      bytesSent: BYTES_SENT.algorand,
    };
  }

  /** Resolves when it has made `firstRounds` blocks. */
  static async start(
    validators: number,
    parameters: Parameters,
    portBase: number,
    firstRounds: number,
  ): Promise<AlgorandNetwork> {
    const root = mkdtempSync(path.join(tmpdir(), 'algorand-bench-'));
    const folder = path.join(root, 'network');
    const { stdout } = await run('goal', ['protocols'], { maxBuffer: 2 ** 24 });
    const template = algorandTemplate(validators, parameters, portBase, JSON.parse(stdout));
    const file = path.join(root, 'template.json');
    writeFileSync(file, JSON.stringify(template.network));
    await run('goal', ['network', 'create', '-n', 'private', '-r', folder, '-t', file]);
    const nodes = template.nodes.map((node) => path.join(folder, node));
    try {
      for (const [at, node] of nodes.entries()) {
        if (template.consensus !== null) {
          writeFileSync(path.join(node, 'consensus.json'), JSON.stringify(template.consensus));
        }
        const peers = template.addresses.filter((_, other) => other !== at).join(';');
        await run('goal', ['node', 'start', '-d', node, '-p', peers]);
      }
      const version = `${await versionOf()}, ${template.title}`;
      const network = new AlgorandNetwork(
        folder,
        nodes,
        await purseOf(nodes[0] as string),
        version,
      );
      await network.#untilRound(firstRounds);
      return network;
    } catch (cause) {
      await removeAll(folder, nodes);
      throw cause;
    }
  }

  async answers(): Promise<void> {
    const round = await this.#round(0);
    await this.#untilRound(round + 1);
  }

  async stop(): Promise<void> {
    await removeAll(this.#root, this.#nodes);
  }

  async #untilRound(round: number): Promise<void> {
    const end = performance.now() + READY_MS;
    for (const at of this.spec.urls.keys()) {
      while ((await this.#round(at)) < round) {
        if (performance.now() > end) throw new Error(`Algorand made no block in ${READY_MS} ms`);
        await sleep(POLL_MS);
      }
    }
  }

  async #round(at: number): Promise<number> {
    const { urls, tokens } = this.spec;
    const client = new AlgodClient(urls[at] as string, tokens[at] as string);
    const status = await client.json<{ 'last-round': number }>('/v2/status');
    client.close();
    return status?.['last-round'] ?? -1;
  }
}

async function versionOf(): Promise<string> {
  const { stdout } = await run('algod', ['-v']);
  return `algod ${/^\d+\.\d+\.\d+/m.exec(stdout)?.[0] ?? 'of an unknown version'}`;
}

/** The words of the account that no validator holds as its stake. */
async function purseOf(node: string): Promise<string> {
  const { stdout: list } = await run('goal', ['account', 'list', '-d', node]);
  const address = /^\[offline\]\s+(\S+)/m.exec(list)?.[1] ?? '';
  const { stdout } = await run('goal', ['account', 'export', '-a', address, '-d', node]);
  return /"([^"]+)"/.exec(stdout)?.[1] ?? '';
}

/** Ends what runs in the nodes' folders, the wallet daemons that `goal` started included. */
async function removeAll(root: string, nodes: readonly string[]): Promise<void> {
  const pids = nodes.flatMap((node) => pidsIn(node));
  signalAll(pids, 'SIGTERM');
  await sleep(STOP_MS);
  signalAll(pids, 'SIGKILL');
  rmSync(path.dirname(root), { recursive: true, force: true });
}

function pidsIn(node: string): number[] {
  const daemons = readdirSync(node).filter((name) => name.startsWith('kmd-'));
  const files = ['algod.pid', ...daemons.map((name) => path.join(name, 'kmd.pid'))];
  return files.flatMap((file) => {
    try {
      return [Number(readFileSync(path.join(node, file), 'utf8'))];
    } catch {
      return [];
    }
  });
}
