import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError } from '../client/althing-error.ts';
import type { OutputState } from '../client/answers.ts';
import type { RestClient } from '../client/rest-client.ts';
import { checkpointDigest } from '../codec/checkpoint.ts';
import { createPrng } from '../std/prng.ts';
import type { Digest, Epoch, Outpoint } from '../types/ids.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Fleet } from './fleet.ts';
import type { Flights } from './flights.ts';
import { GENESIS_TX, type Trace } from './trace/trace.ts';
import { spentKeys } from './trace/trace-arithmetic.ts';

/** The checkpoint of one epoch at every validator. */
export type RootsCheck = {
  /** One in or after which everything of the run is in a ledger; null: not reached in time. */
  readonly epoch: Epoch | null;
  /** As `epoch`'s certified checkpoint says it at each target; null where there is none. */
  readonly checkpoints: readonly (Digest | null)[];
  readonly stateRoot: Digest | null;
  readonly equal: boolean;
};

/** The trace's outputs on the ledger against the trace's own arithmetic. */
export type OutputsCheck = {
  readonly checked: number;
  readonly unspent: number;
  /** Those dropped included. */
  readonly spent: number;
  /** Spent, as the trace says, in ledgers that the validator which was asked has dropped since. */
  readonly dropped: number;
  /** The first few, in words. */
  readonly wrong: readonly string[];
  readonly wrongCount: number;
};

const POLL_MS = 200;
const LOOKUPS = 16;
const WRONG_MAX = 10;

/** Waits until all outcomes are in certified ledgers everywhere, and compares the checkpoints. */
export async function checkRoots(
  fleet: Fleet,
  flights: Flights,
  deadlineMs: number,
): Promise<RootsCheck> {
  const end = performance.now() + deadlineMs;
  const epoch = await newestEpoch(fleet, flights, end);
  if (epoch === null) {
    return { epoch, checkpoints: fleet.clients.map(() => null), stateRoot: null, equal: false };
  }
  const certificates = await Promise.all(
    fleet.clients.map((client) => until(end, () => client.checkpoint(epoch))),
  );
  const checkpoints = certificates.map((found) => found && checkpointDigest(found.checkpoint));
  return {
    epoch,
    checkpoints,
    stateRoot: certificates.find((found) => found !== null)?.checkpoint.stateRoot ?? null,
    equal: checkpoints[0] !== null && checkpoints.every((digest) => digest === checkpoints[0]),
  };
}

/**
 * The epoch of the last outcome, at any one validator that has them all; outcomes that it has dropped since are
 * in older ones, and if all are, the newest that is certified will do.
 */
async function newestEpoch(fleet: Fleet, flights: Flights, end: number): Promise<Epoch | null> {
  const { batchTxsMax } = API_LIMITS;
  const ended = flights.txids.filter((_, at) => ['final', 'rejected'].includes(flights.state(at)));
  const client = fleet.client(fleet.pick(0));
  let newest = 0;
  for (let from = 0; from < ended.length; from += batchTxsMax.value) {
    const part = ended.slice(from, from + batchTxsMax.value);
    const epochs = await until(end, async () => {
      const statuses = await client.transactions(part);
      const kept = statuses.filter(({ code }) => code !== 'pruned');
      return kept.every(({ epoch }) => typeof epoch === 'number')
        ? kept.map(({ epoch }) => epoch as Epoch)
        : null;
    });
    if (epochs === null) return null;
    newest = Math.max(newest, ...epochs);
  }
  if (newest > 0 || ended.length === 0) return newest || null;
  return until(end, async () => (await client.status()).epochs.stable);
}

/** Repeats until there is an answer or the time is over (null). */
async function until<T>(end: number, ask: () => Promise<T | null>): Promise<T | null> {
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      if (!(error instanceof AlthingError)) throw error;
    }
    if (performance.now() > end) return null;
    await sleep(POLL_MS);
  }
}

type Expected = Outpoint & { readonly amount: bigint; readonly isSpent: boolean };

/**
 * Looks up outputs of accepted transactions and of the funding: each must exist with its amount, and be
 * spent exactly if an accepted transaction of the trace spends it. The lookups go to all validators in
 * turn; of more than `outputsMax` a random choice is looked up.
 */
export async function checkOutputs(
  fleet: Fleet,
  flights: Flights,
  trace: Trace,
  genesis: readonly Outpoint[],
  outputsMax: number,
): Promise<OutputsCheck> {
  const expected = expectedOutputs(flights, trace, genesis);
  const chosen =
    expected.length <= outputsMax
      ? expected
      : createPrng(trace.seed).shuffled(expected).slice(0, outputsMax);
  const wrong: string[] = [];
  let dropped = 0;
  let next = 0;
  const lookUp = async () => {
    for (let at = next++; at < chosen.length; at = next++) {
      const output = chosen[at]!;
      const fault = await faultOf(output, fleet.client(fleet.pick(at)));
      if (fault === 'dropped') dropped += 1;
      else if (fault !== null) wrong.push(`output ${output.index} of ${output.txid} ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS }, lookUp));
  const spent = chosen.filter(({ isSpent }) => isSpent).length;
  return {
    checked: chosen.length,
    unspent: chosen.length - spent,
    spent,
    dropped,
    wrong: wrong.slice(0, WRONG_MAX),
    wrongCount: wrong.length,
  };
}

function expectedOutputs(flights: Flights, trace: Trace, genesis: readonly Outpoint[]): Expected[] {
  const accepted = (at: number) => flights.state(at) === 'final';
  const spent = spentKeys(trace, accepted);
  const expected: Expected[] = [];
  trace.genesis.forEach(({ amount }, index) => {
    expected.push({ ...genesis[index]!, amount, isSpent: spent.has(`${GENESIS_TX}:${index}`) });
  });
  trace.txs.forEach((tx, at) => {
    if (!accepted(at)) return;
    tx.outputs.forEach(({ amount }, index) => {
      const txid = flights.txids[at]!;
      expected.push({ txid, index, amount, isSpent: spent.has(`${at}:${index}`) });
    });
  });
  return expected;
}

/** null: none; `dropped`: it was spent, as it should be, in a ledger that is gone. */
async function faultOf(expected: Expected, client: RestClient): Promise<string | null> {
  let found: OutputState;
  try {
    found = await client.output(expected.txid, expected.index);
  } catch (error) {
    if (error instanceof AlthingError && error.code === 'pruned' && expected.isSpent)
      return 'dropped';
    if (error instanceof AlthingError) return `is not there at ${client.url}: ${error.message}`;
    throw error;
  }
  if (found.amount !== expected.amount) {
    return `holds ${found.amount} at ${client.url}, not ${expected.amount}`;
  }
  const state = expected.isSpent ? 'spent' : 'unspent';
  return found.state === state ? null : `is ${found.state} at ${client.url}, not ${state}`;
}
