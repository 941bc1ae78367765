import { table } from '../../src/cli/output.ts';
import { type CompareResult, cellKey, SCALAR_HEADS, type Scalar, short } from './result.ts';

const SHOWN = [
  ...(['perSecond', 'finalShare', 'p50Ms', 'p99Ms', 'cpuMsPerFinal', 'bytesPerFinal'] as const),
] satisfies Scalar[];

/** What a comparison found, for whoever looks at the console: medians, and what is missing. */
export function resultText(result: CompareResult): string {
  const { cells, idle, limits, notRun } = result;
  const missing = Object.entries(notRun).map(([system, why]) => `${system}: ${why}`);
  const parts = [
    tableOf(
      ['cell', 'system', ...SHOWN.map((name) => SCALAR_HEADS[name])],
      cells.map((cell) => [
        ...[cellKey(cell), cell.system],
        ...SHOWN.map((name) => shownNumber(cell.summary[name]?.median ?? null)),
      ]),
    ),
    tableOf(
      ['largest scale of', 'system', 'scale', 'tx/s there'],
      limits.map((limit) => [
        ...[limit.trace, limit.system],
        ...[shownNumber(limit.largest), shownNumber(limit.perSecond)],
      ]),
    ),
    tableOf(
      ['at rest', 'CPU, % of a core', 'bytes/s'],
      idle.map((row) => [
        ...[row.system, shownNumber(row.cpuPercent), shownNumber(row.bytesPerSecond)],
      ]),
    ),
    ...(missing.length === 0
      ? []
      : [`${missing.join('\n')}\nThe report shows published figures beside it, and no ratio.`]),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : table([head, ...rows]);
}

function shownNumber(value: number | null): string {
  return value === null ? '-' : String(short(value));
}
