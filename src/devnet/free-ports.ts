import { once } from 'node:events';
import { createServer } from 'node:net';
import { OperatorError } from '../node/operator-error.ts';
import { PORT_OFFSETS } from './layout.ts';

const HOST = '127.0.0.1';
/** Below the range from which systems take ports for outgoing connections. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const STEP = 300;

/** The ports of a devnet that somebody else uses. */
export async function portsInUse(base: number, validators: number): Promise<number[]> {
  const ports = Object.values(PORT_OFFSETS).flatMap((offset) =>
    Array.from({ length: validators }, (_, lane) => base + offset + lane),
  );
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_, index) => free[index] === false);
}

/** A base with all ports free. Starts looking at a place that differs between processes. */
export async function freePortBase(validators: number): Promise<number> {
  const places = Math.floor((HIGHEST - LOWEST) / STEP);
  for (let tried = 0; tried < places; tried += 1) {
    const base = LOWEST + ((process.pid + tried) % places) * STEP;
    if ((await portsInUse(base, validators)).length === 0) return base;
  }
  throw new OperatorError('failed', `no ${STEP} free ports between ${LOWEST} and ${HIGHEST}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
