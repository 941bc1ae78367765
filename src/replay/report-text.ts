import type { Quantiles } from './report.ts';

export type Row = readonly [name: string, text: string];

/** A row each, with the texts below each other. */
export function rowsText(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function countsText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? '0' : entries.map(([name, n]) => `${n} ${name}`).join(', ');
}

/** Times in milliseconds; '-' for what nothing was measured of. */
export function quantilesText({ p50, p90, p99, max }: Quantiles): string {
  const ms = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(1));
  return `p50 ${ms(p50)}  p90 ${ms(p90)}  p99 ${ms(p99)}  max ${ms(max)} ms`;
}
