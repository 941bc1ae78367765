import { connect, type Socket } from 'node:net';
import { Agent, request } from 'undici';
import { uint32Bytes } from '../../src/std/bytes.ts';
import type { BenchDevnet } from '../devnet.ts';
import type { Purse, Signed } from './purse.ts';

/** Goes on until the signal; resolves when everything of it is gone. Answers how often it struck. */
export type Attack = (devnet: BenchDevnet, purse: Purse, until: AbortSignal) => Promise<number>;

/** Attackers come from an address of their own: what is charged by address must not fall on others. */
const ATTACKER = '127.0.0.2';
const SLOW_SOCKETS = 100;
const IDLE_SOCKETS = 400;
const DIALS_PER_SECOND = 200;
const BATCH = 100;
const LARGE_OUTPUTS = 1000;
const LARGE_PAYMENTS = 60;
const REDIAL_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, localAddress: ATTACKER });
  socket.on('error', () => undefined);
  socket.resume();
  return socket;
}

/** Keeps so many sockets open at each target, each opened again when it is closed. */
async function holdSockets(
  urls: readonly string[],
  count: number,
  until: AbortSignal,
  begin: (socket: Socket) => void,
): Promise<number> {
  let opened = 0;
  const holders = urls.flatMap((url) =>
    Array.from({ length: count }, async () => {
      while (!until.aborted) {
        const socket = dial(url);
        opened += 1;
        begin(socket);
        const leave = () => socket.destroy();
        until.addEventListener('abort', leave, { once: true });
        await new Promise((resolve) => socket.once('close', resolve));
        until.removeEventListener('abort', leave);
        await pause(REDIAL_MS);
      }
    }),
  );
  await Promise.all(holders);
  return opened;
}

function binary(txs: readonly Uint8Array[]): Buffer {
  return Buffer.concat(txs.flatMap((tx) => [uint32Bytes(tx.length), tx]));
}

/** Posts one after the other to each target, whatever is answered. */
async function flood(
  urls: readonly string[],
  until: AbortSignal,
  body: () => Uint8Array | null,
): Promise<number> {
  let posted = 0;
  const dispatcher = new Agent({ localAddress: ATTACKER });
  const loops = urls.map(async (url) => {
    while (!until.aborted) {
      const bytes = body();
      if (bytes === null) break;
      posted += 1;
      const answer = await request(`${url}/v1/transactions/batch`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: bytes,
        signal: until,
      }).catch(() => null);
      await answer?.body.dump().catch(() => undefined);
    }
  });
  await Promise.all(loops);
  await dispatcher.destroy();
  return posted;
}

function forged({ bytes }: Signed): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
  return copy;
}

export const ATTACKS = {
  'slow-bodies': async (devnet, _, until) =>
    holdSockets(devnet.targets, SLOW_SOCKETS, until, (socket) => {
      socket.write(
        'POST /v1/transactions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\ncontent-length: 90000\r\n\r\n',
      );
      const drip = setInterval(() => socket.write('x'), 1000);
      socket.once('close', () => clearInterval(drip));
    }),
  'idle-sockets': async (devnet, _, until) =>
    holdSockets(devnet.targets, IDLE_SOCKETS, until, () => undefined),
  connections: async (devnet, _, until) => {
    let dialled = 0;
    const ports = devnet.validators.flatMap(({ rest, p2p }) => {
      const [, , host, , port] = p2p.split('/');
      return [rest, `http://${host}:${port}`];
    });
    while (!until.aborted) {
      for (const url of ports) {
        const socket = dial(url);
        dialled += 1;
        setTimeout(() => socket.destroy(), 500);
      }
      await pause((1000 * ports.length) / (DIALS_PER_SECOND * devnet.targets.length));
    }
    return dialled;
  },
  'bad-signatures': async (devnet, purse, until) => {
    const bad = forged(purse.take()(0));
    const body = binary(Array.from({ length: BATCH }, () => bad));
    return flood(devnet.targets, until, () => body);
  },
  'double-spends': async (devnet, purse, until) => {
    const payment = purse.take();
    let variant = 0;
    return flood(devnet.targets, until, () =>
      binary(Array.from({ length: BATCH }, () => payment(variant++).bytes)),
    );
  },
  'large-blocks': async (devnet, purse, until) => {
    const large = Array.from({ length: LARGE_PAYMENTS }, () => purse.takeLarge(LARGE_OUTPUTS));
    return flood(devnet.targets.slice(-1), until, () => {
      const next = large.splice(0, 10);
      return next.length === 0 ? null : binary(next.map(({ bytes }) => bytes));
    });
  },
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;
