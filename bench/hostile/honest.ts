import { RestClient } from '../../src/client/rest-client.ts';
import type { Purse } from './purse.ts';

export type Latency = {
  readonly sent: number;
  /** Answered as final within the wait. */
  readonly final: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

const FINAL = { level: 'final', timeoutMs: 20_000 } as const;

/** Payments of honest clients, at every validator in turn, until final. Open loop: late sending counts as latency. */
export async function payHonestly(
  purse: Purse,
  targets: readonly string[],
  ratePerSecond: number,
  seconds: number,
): Promise<Latency> {
  const clients = targets.map((url) => new RestClient(url, { connections: 64, timeoutMs: 30_000 }));
  const payments = Array.from({ length: Math.round(ratePerSecond * seconds) }, () => {
    return purse.take()(0);
  });
  const started = performance.now();
  const latencies: number[] = [];
  const flights = payments.map(async ({ bytes }, i) => {
    const meant = started + (1000 * i) / ratePerSecond;
    await new Promise((resolve) => setTimeout(resolve, meant - performance.now()));
    const client = clients[i % clients.length] as RestClient;
    const status = await client.submit(bytes, FINAL).catch(() => null);
    const isFinal = status?.state === 'final' || status?.state === 'checkpointed';
    if (isFinal) latencies.push(performance.now() - meant);
  });
  await Promise.all(flights);
  await Promise.all(clients.map((client) => client.close()));
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Number.NaN;
  return { sent: payments.length, final: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
