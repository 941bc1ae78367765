import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError } from '../../src/client/althing-error.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import { VERSION } from '../../src/node/version.ts';
import { BYTES_SENT } from '../../src/replay/load/meter.ts';
import { BenchDevnet } from '../devnet.ts';
import { Load } from '../load.ts';
import type { Network } from './network.ts';

const READY_MS = 60_000;
const POLL_MS = 100;

/**
 * What differs from the default. Spaced: blocks are 30 ms apart at least, which is some 40 % less processor time at
 * a low rate, for some 35 ms more until a payment is final.
 */
const SETTINGS = {
  default: {},
  spaced: { 'policy.minBlockIntervalMs': 30 },
} as const;
type Parameters = keyof typeof SETTINGS;

/** A devnet of real processes. */
export class AlthingNetwork implements Network {
  readonly version: string;
  readonly spec: Network['spec'];
  readonly purse: Network['purse'];
  readonly meter: Network['meter'];
  readonly #devnet: BenchDevnet;

  private constructor(devnet: BenchDevnet, wallet: Wallet, parameters: Parameters) {
    this.#devnet = devnet;
    const changes = Object.entries(SETTINGS[parameters]).map(([name, value]) => `${name}=${value}`);
    const settings = ['default settings', ...changes].join(', ');
    this.version = `althing ${VERSION}, ${settings}, verified by node's OpenSSL or libsecp256k1`;
    const { pids, targets, validators } = devnet;
    const metricsUrls = validators.map(({ metrics }) => metrics);
    this.spec = { system: 'althing', urls: targets, tokens: [] };
    this.purse = { system: 'althing', wallet };
    this.meter = { pids, metricsUrls, bytesSent: BYTES_SENT.althing };
  }

  static async start(validators: number, parameters: Parameters): Promise<AlthingNetwork> {
    const devnet = await BenchDevnet.start({
      validators,
      settings: SETTINGS[parameters],
      profiled: false,
    });
    // Splits the funding account's coins: one payment funds a thousand.
    await Load.prepare(devnet);
    const wallet = Wallet.fromSecrets([Buffer.from(devnet.devnet.funding.secret, 'hex')]);
    if (!wallet.ok) throw new Error(wallet.error.detail);
    return new AlthingNetwork(devnet, wallet.value, parameters);
  }

  async answers(): Promise<void> {
    const end = performance.now() + READY_MS;
    await Promise.all(this.spec.urls.map((url) => untilReady(url, end)));
  }

  async stop(): Promise<void> {
    await this.#devnet.stop();
  }
}

async function untilReady(url: string, end: number): Promise<void> {
  const client = new RestClient(url);
  try {
    for (;;) {
      try {
        return await client.ready();
      } catch (error) {
        if (!(error instanceof AlthingError) || performance.now() > end) throw error;
      }
      await sleep(POLL_MS);
    }
  } finally {
    await client.close();
  }
}
