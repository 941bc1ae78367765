import { RestClient } from '../../src/client/rest-client.ts';
import type { Purse } from './purse.ts';

export type Paid = {
  readonly sent: number;
  /** Of those answered as final within the wait. */
  readonly latenciesMs: readonly number[];
};

const FINAL = { level: 'final', timeoutMs: 20_000 } as const;

/** Payments of honest clients, at every validator in turn, until final. Open loop: late sending counts as latency. */
export async function payHonestly(
  purse: Purse,
  targets: readonly string[],
  ratePerSecond: number,
  seconds: number,
): Promise<Paid> {
  const clients = targets.map((url) => new RestClient(url, { connections: 64, timeoutMs: 30_000 }));
  const payments = Array.from({ length: Math.round(ratePerSecond * seconds) }, () => {
    return purse.take()(0);
  });
  const started = performance.now();
  const latenciesMs: number[] = [];
  const flights = payments.map(async ({ bytes }, i) => {
    const meant = started + (1000 * i) / ratePerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, meant - performance.now())));
    const client = clients[i % clients.length] as RestClient;
    const status = await client.submit(bytes, FINAL).catch(() => null);
    const isFinal = status?.state === 'final' || status?.state === 'checkpointed';
    if (isFinal) latenciesMs.push(performance.now() - meant);
  });
  await Promise.all(flights);
  await Promise.all(clients.map((client) => client.close()));
  return { sent: payments.length, latenciesMs };
}
