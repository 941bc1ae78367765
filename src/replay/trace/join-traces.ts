import { err, ok, type Result } from '../../std/result.ts';
import { sha256Of } from '../sha256.ts';
import { GENESIS_TX, type Trace, type TraceInput, type TraceTransaction } from './trace.ts';
import { TRACE_LIMITS } from './trace-format.ts';

/**
 * One trace of several, back to back: the transactions of each after those of the one before, with owners and
 * genesis outputs of its own, so that the same trace may be named more than once. Times of their own are left
 * out, since those of two recordings do not follow each other: the replay's rate decides. At least one trace;
 * an error says that no file may hold so much.
 */
export function joinTraces(traces: readonly Trace[]): Result<Trace, string> {
  const { owners, txs } = traces.reduce(after, START);
  const { ownersMax, transactionsMax } = TRACE_LIMITS;
  if (owners > ownersMax) return err(`${owners} owners, a trace has at most ${ownersMax}`);
  if (txs > transactionsMax) {
    return err(`${txs} transactions, a trace has at most ${transactionsMax}`);
  }
  return ok(joined(traces, owners));
}

function joined(traces: readonly Trace[], owners: number): Trace {
  const parts = placesOf(traces).map(({ trace, place }) => moved(trace, place));
  const sources = traces.map(({ source }) => source);
  const seeds = traces.map(({ seed }) => seed).join();
  const seed = sha256Of(seeds);
  const licences = new Set(sources.flatMap(({ licence }) => licence ?? []));
  return {
    name: `joined-${seed.slice(0, 8)}`,
    owners,
    seed,
    genesis: parts.flatMap(({ genesis }) => genesis),
    txs: parts.flatMap(({ txs }) => txs),
    source: {
      title: `${traces.length} traces, back to back`,
      sha256: [...new Set(sources.flatMap(({ sha256 }) => sha256 ?? []))],
      // One text: with several licences the notes say which trace has which.
      ...(licences.size === 1 ? { licence: [...licences].join() } : {}),
      notes: traces.flatMap(({ name, source: { title, licence, notes } }) => [
        name,
        title,
        ...(licence === undefined ? [] : [licence]),
        ...(notes ?? []),
      ]),
    },
  };
}

/** What stands before a trace: owners, genesis outputs and transactions. */
type Place = { readonly owners: number; readonly genesis: number; readonly txs: number };

const START: Place = { owners: 0, genesis: 0, txs: 0 };

function after(place: Place, { owners, genesis, txs }: Trace): Place {
  return {
    owners: place.owners + owners,
    genesis: place.genesis + genesis.length,
    txs: place.txs + txs.length,
  };
}

function placesOf(traces: readonly Trace[]): { trace: Trace; place: Place }[] {
  let next = START;
  return traces.map((trace) => {
    const place = next;
    next = after(next, trace);
    return { trace, place };
  });
}

function moved({ genesis, txs }: Trace, place: Place): Pick<Trace, 'genesis' | 'txs'> {
  const owned = <T extends { readonly owner: number }>(output: T): T => ({
    ...output,
    owner: output.owner + place.owners,
  });
  const spent = ({ tx, index }: TraceInput): TraceInput =>
    tx === GENESIS_TX ? { tx, index: index + place.genesis } : { tx: tx + place.txs, index };
  return {
    genesis: genesis.map(owned),
    txs: txs.map(
      (tx): TraceTransaction => ({
        ...tx,
        atMs: null,
        inputs: tx.inputs.map(spent),
        outputs: tx.outputs.map(owned),
        rivals: tx.rivals.map((rival) => rival + place.txs),
      }),
    ),
  };
}
