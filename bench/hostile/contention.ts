import { RestClient } from '../../src/client/rest-client.ts';
import type { TxId } from '../../src/types/ids.ts';
import type { Purse, Signed } from './purse.ts';

export type Contention = {
  readonly pairs: number;
  /** One of the two was refused at the door already. */
  readonly refusedAtDoor: number;
  readonly settled: number;
  /** Cuts from the one last decided when the pair was posted to that whose ledger settled it: counts by number. */
  readonly cuts: Readonly<Record<number, number>>;
  /** Pairs of which both or none won: must be 0. */
  readonly wrong: number;
};

const SETTLED_MS = 30_000;
const POLL_MS = 200;

/**
 * Posts pairs of rivals at once. `spread`: each to another pair of validators. Otherwise the second always
 * goes to the last validator: what a Byzantine lane does that puts a rival beside whatever its friends pay.
 */
export async function contend(
  purse: Purse,
  targets: readonly string[],
  pairsPerSecond: number,
  seconds: number,
  spread: boolean,
): Promise<Contention> {
  const clients = targets.map((url) => new RestClient(url, { connections: 32, timeoutMs: 30_000 }));
  const count = Math.max(1, Math.round(pairsPerSecond * seconds));
  const rivals = Array.from({ length: count }, () => {
    const payment = purse.take();
    return [payment(0), payment(1)] as const;
  });
  const last = clients.length - 1;
  const started = performance.now();
  const all = rivals.map(async (pair, i) => {
    const meant = started + (1000 * i) / pairsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, meant - performance.now()));
    const places = spread ? [i % (last + 1), (i + 1) % (last + 1)] : [i % last, last];
    const { epochs } = await (clients[0] as RestClient).status();
    const posted = pair.map((tx, side) => post(clients[places[side] as number] as RestClient, tx));
    const taken = await Promise.all(posted);
    return outcomeOf(clients, pair, taken, epochs.decided);
  });
  const outcomes = await Promise.all(all);
  await Promise.all(clients.map((client) => client.close()));
  return summary(outcomes);
}

type Outcome = { readonly atDoor: boolean; readonly winners: number; readonly cuts: number | null };

async function post(client: RestClient, { bytes }: Signed): Promise<boolean> {
  return client.submit(bytes).then(
    () => true,
    () => false,
  );
}

async function outcomeOf(
  clients: readonly RestClient[],
  pair: readonly Signed[],
  taken: readonly boolean[],
  decided: number,
): Promise<Outcome> {
  const end = performance.now() + SETTLED_MS;
  const client = clients[1] as RestClient;
  for (;;) {
    const txids: TxId[] = pair.map(({ txid }) => txid);
    const states = await client.transactions(txids);
    const won = states.filter(({ state }) => state === 'checkpointed');
    const lost = states.filter(({ state }) => state === 'rejected' || state === 'dropped');
    const atDoor = taken.includes(false);
    const isOver = won.length + lost.length === 2 || (atDoor && won.length === 1);
    if (isOver || performance.now() > end) {
      const epoch = won[0]?.epoch ?? null;
      return { atDoor, winners: won.length, cuts: epoch === null ? null : epoch - decided };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function summary(outcomes: readonly Outcome[]): Contention {
  const cuts: Record<number, number> = {};
  for (const { cuts: n } of outcomes) if (n !== null) cuts[n] = (cuts[n] ?? 0) + 1;
  const settled = outcomes.filter(({ cuts: n }) => n !== null);
  return {
    pairs: outcomes.length,
    refusedAtDoor: outcomes.filter(({ atDoor }) => atDoor).length,
    settled: settled.length,
    cuts,
    wrong: outcomes.filter(({ winners }) => winners !== 1).length,
  };
}
