import { err, ok, type Result } from '../../std/result.ts';
import type { TraceSource } from '../trace/trace.ts';
import type { RateStep, RateTrace } from './rate-trace.ts';

/** Two spaces or more, a second, and the transactions a second from then on, of all clients together. */
const STEP = /^\s+(\d+)\s*:\s*(\d+(?:\.\d+)?)\s*(?:#.*)?$/;
const HEAD = /^(id|contract|txs)\s*:\s*(.*)$/;

/**
 * A workload of Diablo in its short form (`id`, optionally `contract`, and `txs`, a table of seconds and
 * rates), the form of the workloads of its paper. Only that form: not YAML at large.
 */
export function ratesOfDiablo(text: string, source: TraceSource): Result<RateTrace, string> {
  const heads = new Map<string, string>();
  const steps: RateStep[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const head = HEAD.exec(line);
    const step = STEP.exec(line);
    if (head !== null) heads.set(head[1]!, head[2]!.trim().replaceAll(/^["']|["']$/g, ''));
    else if (step !== null && heads.has('txs')) {
      steps.push({ at: Number(step[1]), perSecond: Number(step[2]) });
    } else return err(`line ${at + 1}: neither a step nor one of id, contract, txs`);
  }
  const first = steps[0]?.at;
  if (first !== 0 || steps.at(-1)?.perSecond !== 0) {
    return err('the table does not begin at second 0 and end with a rate of 0');
  }
  if (steps.some(({ at }, place) => place > 0 && at <= steps[place - 1]!.at)) {
    return err('the seconds do not ascend');
  }
  const contract = heads.get('contract');
  const notes = [...(source.notes ?? []), ...(contract ? [`called ${contract}`] : [])];
  const name = heads.get('id') ?? 'diablo';
  return ok({
    name,
    steps,
    payees: null,
    source: notes.length > 0 ? { ...source, notes } : source,
  });
}
