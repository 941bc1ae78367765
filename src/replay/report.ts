import { counted, countsText, quantilesText, type Row, rowsText } from './report-text.ts';
import type { RivalsCheck } from './rivals.ts';
import type { OutputsCheck, RootsCheck } from './settlement.ts';

export type Quantiles = {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
};

export type SlowestSecond = { readonly final: number; readonly mean: number };

/** Everything that a run found. Times in milliseconds; amounts in the ledger's smallest unit. */
export type ReplayReport = {
  readonly trace: { readonly name: string; readonly sha256: string | null };
  readonly runId: string;
  readonly targets: readonly string[];
  readonly pace: string;
  readonly verifierBackends: readonly string[];
  readonly funding: {
    readonly transactions: number;
    readonly outputs: number;
    /** Transactions whose fee was below the ledger's minimum, and what was added for that. */
    readonly lifted: number;
    readonly added: string;
    readonly ms: number;
  };
  readonly transactions: number;
  readonly sent: number;
  readonly final: number;
  readonly contested: number;
  /** By the ledger or at the door, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly retries: Readonly<Record<string, number>>;
  readonly reposts: number;
  readonly feedGaps: number;
  /** From intended sending to final, seen at another validator than the one posted to. */
  readonly latencyMs: Quantiles;
  /** The same of those without a rival; null for a trace without double spends. */
  readonly uncontestedMs: Quantiles | null;
  /** How late the driver sent. */
  readonly lagMs: Quantiles;
  /** The driver itself fell behind: latencies then include its own delay, and are no result. */
  readonly driverBehind: boolean;
  /** Without anything becoming final, while something was due. */
  readonly longestPauseMs: number;
  readonly durationMs: number;
  readonly perSecond: number;
  /** Signatures of what became final, over the same time. */
  readonly signaturesPerSecond: number;
  /** What became final in the slowest whole second while payments were due, and on average; null: a shorter run. */
  readonly slowestSecond: SlowestSecond | null;
  readonly cpuMsPerTransaction: number | null;
  readonly roots: RootsCheck;
  readonly outputs: OutputsCheck;
  readonly rivals: RivalsCheck | null;
  /** Nothing lost, nothing rejected but losing rivals, equal roots, the expected outputs. */
  readonly passed: boolean;
};

/** The table at the end of a run. */
export function formatReport(report: ReplayReport): string {
  const rows: Row[] = [
    ['trace', `${report.trace.name}, ${report.transactions} transactions, run ${report.runId}`],
    ['targets', report.targets.join(' ')],
    ['verify backend', [...new Set(report.verifierBackends)].join(', ')],
    ['pace', report.pace],
    ['funding', fundingText(report)],
    ['sent', String(report.sent)],
    ['final', `${report.final}${report.contested > 0 ? ` (${report.contested} by a cut)` : ''}`],
    ['rejected', countsText(report.rejected)],
    ['lost', String(report.lost)],
    ['retries', countsText({ ...report.retries, ...reposted(report.reposts) })],
    ['latency', `${quantilesText(report.latencyMs)} from intended sending${seenAt(report)}`],
    ...uncontestedRow(report.uncontestedMs),
    ['driver lag', `${quantilesText(report.lagMs)}${report.driverBehind ? ' FELL BEHIND' : ''}`],
    ['longest pause', `${report.longestPauseMs.toFixed(1)} ms without a final one`],
    ['throughput', throughputText(report)],
    ['validators', cpuText(report.cpuMsPerTransaction)],
    ['checkpoints', rootsText(report.roots)],
    ...rootRows(report.roots),
    ['outputs', outputsText(report.outputs)],
    ...rivalRows(report.rivals),
    ['result', report.passed ? 'PASSED' : 'FAILED'],
  ];
  return rowsText(rows);
}

function throughputText(report: ReplayReport): string {
  const { perSecond, signaturesPerSecond, durationMs, slowestSecond } = report;
  const all = `${perSecond.toFixed(0)} tx/s, ${signaturesPerSecond.toFixed(0)} signatures/s in ${seconds(durationMs)}`;
  if (slowestSecond === null) return all;
  const { final, mean } = slowestSecond;
  return `${all}; final in the slowest second ${final}, in all on average ${mean.toFixed(0)}`;
}

function fundingText({ funding }: ReplayReport): string {
  const { outputs, transactions, ms, lifted, added } = funding;
  const made = `${counted(outputs, 'output')} in ${counted(transactions, 'transaction')}, final after ${seconds(ms)}`;
  return lifted === 0
    ? made
    : `${made}; ${counted(lifted, 'fee')} lifted to the minimum (${added} added)`;
}

function reposted(reposts: number): Record<string, number> {
  return reposts > 0 ? { 'posted to another': reposts } : {};
}

/** One validator has nobody beside it that could be asked. */
function seenAt({ targets }: ReplayReport): string {
  return targets.length > 1 ? ', at another validator' : '';
}

/** None where every payment has a rival. */
function uncontestedRow(latencies: Quantiles | null): Row[] {
  const isEmpty = latencies === null || Number.isNaN(latencies.p50);
  return isEmpty ? [] : [['', `${quantilesText(latencies)} of those without a rival`]];
}

function cpuText(cpuMs: number | null): string {
  return cpuMs === null ? 'CPU not measured' : `${cpuMs.toFixed(3)} CPU-ms per transaction, all`;
}

function rootsText({ epoch, equal, checkpoints }: RootsCheck): string {
  if (epoch === null) return 'not every outcome got into a certified ledger in time';
  if (!equal) {
    const digests = checkpoints.map((digest) => digest?.slice(0, 16) ?? 'none').join(' ');
    return `DIFFER at epoch ${epoch}: ${digests}`;
  }
  return `equal at epoch ${epoch} on ${counted(checkpoints.length, 'validator')}`;
}

function rootRows({ equal, stateRoot }: RootsCheck): Row[] {
  return equal && stateRoot !== null ? [['state root', stateRoot]] : [];
}

function outputsText({
  checked,
  unspent,
  spent,
  dropped,
  wrongCount,
  wrong,
}: OutputsCheck): string {
  if (wrongCount > 0) return `${wrongCount} of ${checked} WRONG: ${wrong.join('; ')}`;
  const gone = dropped > 0 ? `, ${dropped} of them in ledgers that are dropped` : '';
  return `${checked} as the trace says: ${unspent} unspent, ${spent} spent${gone}`;
}

function rivalRows(rivals: RivalsCheck | null): Row[] {
  if (rivals === null) return [];
  const { pairs, bothInDag, cleanWinner, byCut, atTheDoor, oneWinner, wrong } = rivals;
  const rows: Row[] = [
    ['double spends', `${counted(pairs, 'pair')}, one winner everywhere in ${oneWinner}`],
    ['', `${bothInDag} with both in the DAG (${cleanWinner} clean, ${byCut} by a cut)`],
    ['', `${rivals.loserNamesWinner} of these losers name the winner everywhere`],
    ['', `${counted(atTheDoor, 'loser')} turned away before any block`],
  ];
  if (wrong.length > 0) rows.push(['', `WRONG: ${wrong.join('; ')}`]);
  return rows;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
