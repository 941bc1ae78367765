import { readFileSync } from 'node:fs';
import type { Call, DroppedFact, FaultNote, History, LedgerFact, Origin } from './history.ts';

/** One line of a history file. A call and its answer are two lines: a run that ends between them leaves the first. */
export type Line =
  | { readonly line: 'origin'; readonly origin: Origin }
  | { readonly line: 'call'; readonly call: Omit<Call, 'answer'> }
  | { readonly line: 'answer'; readonly id: number; readonly answer: NonNullable<Call['answer']> }
  | { readonly line: 'ledger'; readonly ledger: LedgerFact }
  | { readonly line: 'dropped'; readonly dropped: DroppedFact }
  | { readonly line: 'fault'; readonly fault: FaultNote };

const AMOUNT = /^\d+n$/;

/** Amounts are written as decimal digits and an n. */
export function encodeLine(line: Line): string {
  const text = JSON.stringify(line, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : (value as unknown),
  );
  return `${text}\n`;
}

function decodeLine(text: string): Line {
  return JSON.parse(text, (_, value) =>
    typeof value === 'string' && AMOUNT.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as Line;
}

/** Throws when a line is none, or the origin is missing. */
export function historyOf(lines: Iterable<Line>): History {
  let origin: Origin | null = null;
  const calls = new Map<number, Call>();
  const ledgers: LedgerFact[] = [];
  const dropped: DroppedFact[] = [];
  const faults: FaultNote[] = [];
  for (const line of lines) {
    if (line.line === 'origin') origin = line.origin;
    else if (line.line === 'ledger') ledgers.push(line.ledger);
    else if (line.line === 'dropped') dropped.push(line.dropped);
    else if (line.line === 'fault') faults.push(line.fault);
    else if (line.line === 'call') calls.set(line.call.id, { ...line.call, answer: null });
    else {
      const call = calls.get(line.id);
      if (call === undefined) throw new Error(`answer ${line.id} has no call`);
      calls.set(line.id, { ...call, answer: line.answer });
    }
  }
  if (origin === null) throw new Error('the history has no origin');
  return { origin, calls: [...calls.values()], ledgers, dropped, faults };
}

export function readHistory(file: string): History {
  const lines = readFileSync(file, 'utf8').split('\n');
  return historyOf(lines.filter((line) => line !== '').map(decodeLine));
}
