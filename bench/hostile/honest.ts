import { AlthingError } from '../../src/client/althing-error.ts';
import type { TransactionStatus } from '../../src/client/answers.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import type { Purse } from './purse.ts';

export type Paid = {
  readonly sent: number;
  /** Of those answered as final within the wait. */
  readonly latenciesMs: readonly number[];
  /** What the others were told, by code. */
  readonly refused: readonly string[];
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
  const refused: string[] = [];
  const flights = payments.map(async ({ bytes }, i) => {
    const meant = started + (1000 * i) / ratePerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, meant - performance.now())));
    const client = clients[i % clients.length] as RestClient;
    const answer = await answerOf(client.submit(bytes, FINAL));
    if (answer === 'final' || answer === 'checkpointed')
      latenciesMs.push(performance.now() - meant);
    else refused.push(answer);
  });
  await Promise.all(flights);
  await Promise.all(clients.map((client) => client.close()));
  return { sent: payments.length, latenciesMs, refused };
}

/** Its state, or the code of the error. */
async function answerOf(submitted: Promise<TransactionStatus>): Promise<string> {
  try {
    return (await submitted).state;
  } catch (error) {
    if (error instanceof AlthingError) return error.code;
    throw error;
  }
}
