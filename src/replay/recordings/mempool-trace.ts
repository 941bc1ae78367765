import { err, ok, type Result } from '../../std/result.ts';
import { sha256Of } from '../sha256.ts';
import type { Trace } from '../trace/trace.ts';
import { Recording } from './recording.ts';

const COLUMNS = ['txid', 'size', 'fee', 'time', 'depends'] as const;
/** Satoshis of every output, before liftFees raises what children need more. */
const VALUE = 1000n;

type Row = {
  readonly txid: string;
  readonly bytes: number;
  readonly fee: bigint;
  readonly atMs: number;
  readonly parents: readonly string[];
};

/**
 * The unconfirmed transactions of a Bitcoin node (`getrawmempool true`) as a table with `;` between
 * columns and a head of names: txid, size, fee (bitcoins), time ("2020-11-24 08:42:06", of arrival) and
 * depends (["…","…"], parents in the table; quotes of either kind). A snapshot holds what was not mined
 * yet, so old arrivals are thin. Kept: arrival times, the graph, sizes and fees. Made up: everybody's
 * amounts, and one output for the own use of each transaction besides those that its children spend.
 * `lastSeconds`: only what arrived so long before the last one; null: all.
 */
export function traceOfMempool(
  text: string,
  source: Trace['source'],
  lastSeconds: number | null = null,
): Result<Trace, string> {
  const rows = rowsOf(text);
  if (!rows.ok) return rows;
  const last = rows.value.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  const from = lastSeconds === null ? 0 : last - lastSeconds * 1000;
  const kept = rows.value.filter(({ atMs }) => atMs >= from);
  const byId = new Map(kept.map((row) => [row.txid, row]));
  const order = orderOf(kept, byId);
  if (!order.ok) return order;
  const ordered = order.value;
  const begins = ordered.reduce((first, { atMs }) => Math.min(first, atMs), last);
  const spends = new Map<string, number>();
  const children = new Map<string, number>();
  for (const { parents } of ordered) {
    for (const parent of parents) {
      if (byId.has(parent)) children.set(parent, (children.get(parent) ?? 0) + 1);
    }
  }
  const recording = new Recording();
  for (const { txid, bytes, fee, atMs, parents } of ordered) {
    const known = parents.filter((parent) => byId.has(parent));
    const inputs = known.map((parent) => {
      const index = spends.get(parent) ?? 0;
      spends.set(parent, index + 1);
      return { txid: parent, index };
    });
    const outputs = Array.from({ length: (children.get(txid) ?? 0) + 1 }, (_, index) => ({
      value: VALUE,
      script: Buffer.from(`${txid}:${index}`),
    }));
    const paid = inputs.length > 0 ? inputs : [{ txid: `before ${txid}`, index: 0 }];
    recording.add({ txid, inputs: paid, outputs, bytes, fee, atMs: atMs - begins }, null);
  }
  const seed = sha256Of(text);
  const notes = [...(source.notes ?? []), 'amounts are made up', recording.note('data')];
  return recording.finish({
    name: `mempool-${ordered.length}`,
    seed,
    source: { ...source, notes },
  });
}

function rowsOf(text: string): Result<Row[], string> {
  const [head = '', ...lines] = text.split('\n');
  const names = head.trim().split(';');
  const places = COLUMNS.map((name) => names.indexOf(name));
  const missing = COLUMNS.find((_, at) => places[at] === -1);
  if (missing !== undefined) return err(`the table has no column "${missing}"`);
  const rows: Row[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const cells = line.trim().split(';');
    const [txid = '', size, fee, time, depends = ''] = places.map((place) => cells[place]);
    const atMs = Date.parse(`${time?.replace(' ', 'T')}Z`);
    const bytes = Number(size);
    const satoshis = Math.round(Number(fee) * 1e8);
    const isWhole = Number.isSafeInteger(bytes) && bytes > 0 && Number.isSafeInteger(satoshis);
    if (!isWhole || Number.isNaN(atMs)) return err(`line ${at + 2}: not a transaction`);
    const parents = [...new Set(depends.match(/[0-9a-f]{64}/g) ?? [])];
    rows.push({ txid, bytes, fee: BigInt(satoshis), atMs, parents });
  }
  return ok(rows);
}

/** By arrival; a child that a clock put before its parent comes right after it, at the parent's time. */
function orderOf(
  rows: readonly Row[],
  byId: ReadonlyMap<string, Row>,
): Result<readonly Row[], string> {
  const ordered: Row[] = [];
  const times = new Map<string, number>();
  const entered = new Set<string>();
  // Chains may be long: parents that are missing are put on top.
  const open = [...rows].sort((a, b) => b.atMs - a.atMs);
  for (let row = open.at(-1); row !== undefined; row = open.at(-1)) {
    const { txid } = row;
    const parents = row.parents.flatMap((parent) => byId.get(parent) ?? []);
    const missing = parents.filter((parent) => !times.has(parent.txid));
    if (times.has(txid) || missing.length === 0) {
      open.pop();
      if (times.has(txid)) continue;
      const atMs = parents.reduce((late, one) => Math.max(late, times.get(one.txid)!), row.atMs);
      times.set(txid, atMs);
      ordered.push({ ...row, atMs });
    } else if (entered.has(txid)) return err(`${txid} depends on itself`);
    else {
      entered.add(txid);
      for (const parent of missing.reverse()) open.push(parent);
    }
  }
  return ok(ordered.sort((a, b) => a.atMs - b.atMs));
}
