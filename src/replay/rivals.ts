import { AlthingError } from '../client/althing-error.ts';
import type { TransactionStatus } from '../client/answers.ts';
import type { TxId } from '../types/ids.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Fleet } from './fleet.ts';
import type { Flights } from './flights.ts';
import type { Trace } from './trace/trace.ts';

/** What became of the double spends of a trace. */
export type RivalsCheck = {
  readonly pairs: number;
  /** The loser has an outcome in the ledger too, so both stood in blocks. */
  readonly bothInDag: number;
  /** Of those: settled without a cut, and by one. */
  readonly cleanWinner: number;
  readonly byCut: number;
  /** The loser was turned away before it was in a block. */
  readonly atTheDoor: number;
  /** Exactly one accepted and the other not, the same at every validator. */
  readonly oneWinner: number;
  /** Of `bothInDag`: every validator's status of the loser names the winner. */
  readonly loserNamesWinner: number;
  /** The first few pairs for which something is wrong, in words. */
  readonly wrong: readonly string[];
};

type Pair = { readonly first: number; readonly second: number };
type View = ReadonlyMap<TxId, TransactionStatus>;

const WRONG_MAX = 10;

/** null for a trace without double spends. */
export async function checkRivals(
  fleet: Fleet,
  flights: Flights,
  trace: Trace,
): Promise<RivalsCheck | null> {
  const pairs = trace.txs.flatMap(({ rivals }, second) =>
    rivals.map((first): Pair => ({ first, second })),
  );
  if (pairs.length === 0) return null;
  const members = pairs.flatMap(({ first, second }) => [first, second]);
  const txids = [...new Set(members.map((at) => flights.txids[at]!))];
  const views = await Promise.all(fleet.clients.map((_, target) => viewOf(fleet, target, txids)));
  const counts = { bothInDag: 0, cleanWinner: 0, byCut: 0, oneWinner: 0, loserNamesWinner: 0 };
  const wrong: string[] = [];
  for (const pair of pairs) {
    const fault = judge(pair, flights, views, counts);
    if (fault !== null) wrong.push(`pair ${pair.first}/${pair.second}: ${fault}`);
  }
  const atTheDoor = pairs.length - counts.bothInDag;
  return { pairs: pairs.length, ...counts, atTheDoor, wrong: wrong.slice(0, WRONG_MAX) };
}

type Counts = {
  bothInDag: number;
  cleanWinner: number;
  byCut: number;
  oneWinner: number;
  loserNamesWinner: number;
};

function judge(
  { first, second }: Pair,
  flights: Flights,
  views: readonly View[],
  counts: Counts,
): string | null {
  const winners = [first, second].filter((at) => flights.state(at) === 'final');
  if (winners.length !== 1) return `${winners.length} accepted`;
  const winner = winners[0]!;
  const loser = winner === first ? second : first;
  const winnerId = flights.txids[winner]!;
  const statuses = views.map((view) => ({
    winner: view.get(winnerId),
    loser: view.get(flights.txids[loser]!),
  }));
  const isAgreed = statuses.every(
    (status) => isAccepted(status.winner) && !isAccepted(status.loser),
  );
  if (!isAgreed) return 'validators differ about the winner';
  counts.oneWinner += 1;
  if (flights.state(loser) !== 'rejected') return null;
  counts.bothInDag += 1;
  const ending = flights.endings[winner];
  if (ending?.state === 'final' && ending.path === 'contested') counts.byCut += 1;
  else counts.cleanWinner += 1;
  if (!statuses.every((status) => status.loser?.winner === winnerId)) {
    return 'the loser does not name the winner everywhere';
  }
  counts.loserNamesWinner += 1;
  return null;
}

function isAccepted(status: TransactionStatus | undefined): boolean {
  return status?.state === 'final' || status?.state === 'checkpointed';
}

/** A validator that does not answer contributes an empty view, which agrees with nothing. */
async function viewOf(fleet: Fleet, target: number, txids: readonly TxId[]): Promise<View> {
  const view = new Map<TxId, TransactionStatus>();
  const { batchTxsMax } = API_LIMITS;
  try {
    for (let from = 0; from < txids.length; from += batchTxsMax.value) {
      const part = txids.slice(from, from + batchTxsMax.value);
      for (const status of await fleet.client(target).transactions(part)) {
        view.set(status.txid, status);
      }
    }
  } catch (error) {
    if (!(error instanceof AlthingError)) throw error;
  }
  return view;
}
