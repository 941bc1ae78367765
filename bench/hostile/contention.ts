import type { TransactionStatus } from '../../src/client/answers.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import { beside } from './accomplice.ts';
import { type Aimed, binary, volley } from './arms.ts';
import type { Signed } from './purse.ts';
import type { Setting } from './setting.ts';
import { measured, type Stretch, tell, together } from './stretch.ts';

/** One payment and its rival, or two payments of two coins, meant for two validators at once. */
type Pair = { readonly atMs: number; readonly sides: readonly [Signed, Signed] };

const SAMPLE_MS = 50;
const SETTLED_MS = 10_000;
const QUERY_MAX = 100;

/**
 * Of a load of `rate` so many per cent are double spends, and of the same load all are payments without rivals: in
 * turns, the same places and times, so that only the contention differs. `spread`: each pair to another two
 * validators. Otherwise the second always goes to the last one: a lane that puts a rival beside what others pay.
 */
export async function contention(
  setting: Setting,
  percent: number,
  spread: boolean,
): Promise<void> {
  const plain: Stretch[] = [];
  const contested: Stretch[] = [];
  const fates: Fate[] = [];
  for (let round = 0; round < setting.rounds; round += 1) {
    const one = await stretch(setting, percent, spread, false);
    plain.push(one.stretch);
    await setting.rest();
    const other = await stretch(setting, percent, spread, true);
    contested.push(other.stretch);
    fates.push(...other.fates);
    await setting.rest();
  }
  const name = `${percent} % ${spread ? 'through all' : 'beside one lane'}`;
  const without = together(plain);
  tell(`${name}, no rivals`, without, {});
  tell(name, together(contested), { 'no rivals': without }, summary(fates));
}

async function stretch(setting: Setting, percent: number, spread: boolean, rivals: boolean) {
  const { devnet, purse, rate, seconds } = setting;
  const pairs: Pair[] = [];
  const last = devnet.targets.length - 1;
  const shots = volley((rate * percent) / 100 / 2, seconds, (i, atMs): Aimed[] => {
    const payment = purse.take();
    const other = rivals ? payment : purse.take();
    const sides = [payment(0), other(1)] as const;
    pairs.push({ atMs, sides });
    const places = spread ? [i % (last + 1), (i + 1) % (last + 1)] : [i % last, last];
    return sides.map(({ bytes }, side) => ({ at: places[side] as number, body: binary([bytes]) }));
  });
  const arms = { rest: devnet.targets, p2p: [], shots };
  const client = new RestClient(devnet.targets[0] as string);
  const started = performance.now();
  const epochs = new Epochs(client);
  const order = { kind: 'attack', name: 'contested-pairs', arms } as const;
  const run = await beside(order, () => measured(devnet, () => setting.pay(1 - percent / 100)));
  epochs.stop();
  const fates = rivals ? await fatesOf(client, pairs, (atMs) => epochs.at(started + atMs)) : [];
  await client.close();
  return { stretch: run.result, fates };
}

/** Which cut was the last one decided, by one validator's status. */
class Epochs {
  readonly #samples: { readonly atMs: number; readonly decided: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(client: RestClient) {
    this.#timer = setInterval(async () => {
      const atMs = performance.now();
      const status = await client.status().catch(() => null);
      if (status !== null) this.#samples.push({ atMs, decided: status.epochs.decided });
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** By the last sample before: perhaps one too few, so cuts are never counted too low. */
  at(ms: number): number {
    const before = this.#samples.filter(({ atMs }) => atMs <= ms).at(-1);
    return (before ?? this.#samples[0])?.decided ?? 0;
  }
}

type Fate = { readonly winners: number; readonly cuts: number | null };

/** `decidedAt`: the last cut decided when a pair was meant to be posted. */
async function fatesOf(
  client: RestClient,
  pairs: readonly Pair[],
  decidedAt: (atMs: number) => number,
): Promise<Fate[]> {
  const end = performance.now() + SETTLED_MS;
  const fates: Fate[] = [];
  for (let from = 0; from < pairs.length; from += QUERY_MAX) {
    const some = pairs.slice(from, from + QUERY_MAX);
    const txids = some.flatMap(({ sides }) => sides.map(({ txid }) => txid));
    let states = await client.transactions(txids);
    while (states.some(isOpen) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      states = await client.transactions(txids);
    }
    for (const [i, { atMs }] of some.entries()) {
      const both = states.slice(2 * i, 2 * i + 2);
      // The stretch was over before its turn came.
      if (both.every(({ state }) => state === 'unknown')) continue;
      const [winner, ...more] = both.filter(isWinner);
      const epoch = winner?.epoch ?? null;
      const winners = winner === undefined ? 0 : 1 + more.length;
      fates.push({ winners, cuts: epoch === null ? null : epoch - decidedAt(atMs) });
    }
  }
  return fates;
}

function isWinner({ state }: TransactionStatus): boolean {
  return state === 'checkpointed';
}

/** Refused at the door, a rival is unknown afterwards: that is an end, too. */
function isOpen({ state }: TransactionStatus): boolean {
  return state === 'pending' || state === 'admitted' || state === 'final';
}

function summary(fates: readonly Fate[]): object {
  const cuts: Record<number, number> = {};
  for (const { cuts: n } of fates) if (n !== null) cuts[n] = (cuts[n] ?? 0) + 1;
  const wrong = fates.filter(({ winners }) => winners !== 1).length;
  return { pairs: fates.length, cuts, wrong };
}
