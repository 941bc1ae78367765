import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Chart,
  ecdfChart,
  latencyChart,
  nameOf,
  type Shown,
  scalarChart,
  throughputChart,
} from './charts.ts';
import { CRASH_SHARE, crashShares } from './crash.ts';
import { PUBLISHED } from './published.ts';
import {
  type CellResult,
  type CompareResult,
  cellKey,
  SCALAR_HEADS,
  SCALARS,
  type Spread,
  short,
} from './result.ts';

/** Writes report.html, which needs nothing else, and every plot as a PNG beside it. */
export async function writeReport(result: CompareResult, folder: string): Promise<void> {
  const charts = chartsOf(result);
  writeFileSync(path.join(folder, 'report.html'), htmlOf(result, charts));
  const { Resvg } = await import('@resvg/resvg-js');
  for (const { name, svg } of charts) {
    const options = { font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' } };
    writeFileSync(path.join(folder, `${name}.png`), new Resvg(svg, options).render().asPng());
  }
}

function chartsOf({ cells }: CompareResult): Chart[] {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = cellKey(cell);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const perCell = [...groups.values()].flatMap((group) => {
    const title = nameOf(group[0]!);
    const shown = group.flatMap(shownOf);
    if (shown.length === 0) return [];
    const [{ fault, seconds }] = group as [CellResult];
    const crashAt = fault === 'crash' ? CRASH_SHARE * seconds : null;
    return [
      throughputChart(title, shown, crashAt),
      latencyChart(title, shown, crashAt),
      ecdfChart(title, shown),
    ];
  });
  const real = cells.filter(({ system }) => system !== 'null');
  if (real.length === 0) return perCell;
  return [
    ...perCell,
    scalarChart('CPU per final payment, all validators', 'ms', real, 'cpuMsPerFinal'),
    scalarChart('Bytes sent per final payment, all validators', 'bytes', real, 'bytesPerFinal'),
  ];
}

/** The valid run with the median p50. */
function shownOf({ system, runs }: CellResult): Shown[] {
  const valid = runs.filter(({ invalid }) => !invalid);
  const sorted = valid.sort((a, b) => a.latencyMs.p50 - b.latencyMs.p50);
  const run = sorted[(sorted.length - 1) >> 1];
  return run === undefined ? [] : [{ system, run }];
}

function htmlOf(result: CompareResult, charts: readonly Chart[]): string {
  const { machine, date, commit, command, systems, notRun } = result;
  const { cores, model, memoryGiB, kernel, node } = machine;
  const body = [
    '<h1>Systems side by side</h1>',
    `<p>${escaped(date)}, commit ${escaped(commit)}. ${cores} cores of ${escaped(model)}, ${memoryGiB} GiB, Linux ${escaped(kernel)}, Node ${escaped(node)}. All validators and the driver on this one machine; one system at a time, the others halted.</p>`,
    `<p><code>${escaped(command)}</code></p>`,
    '<h2>Systems</h2>',
    table(['system', 'version'], [...Object.entries(systems), ...Object.entries(notRun)]),
    ...cellRows(result),
    ...limitRows(result),
    ...idleRows(result),
    ...crashRows(result),
    ...(charts.length === 0 ? [] : ['<h2>Plots</h2>']),
    ...charts.map(({ svg }) => `<figure>${svg}</figure>`),
    '<h2>Published elsewhere</h2>',
    '<p>Other machines, other versions, other loads: to be read beside the above, not divided by it.</p>',
    table(
      ['system', 'load', 'set-up', 'throughput', 'latency', 'source'],
      PUBLISHED.map((row) => Object.values(row)),
    ),
  ];
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Systems side by side</title><style>${STYLE}</style></head><body>\n${body.join('\n')}\n</body></html>\n`;
}

const STYLE =
  'body{font:15px/1.4 "DejaVu Sans",Arial,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em}table{border-collapse:collapse;margin:1em 0;font-size:13px;display:block;overflow-x:auto}td,th{border:1px solid #ccc;padding:3px 7px;text-align:left}figure{margin:1em 0}svg{max-width:100%;height:auto}code{overflow-wrap:anywhere}';

function cellRows({ cells }: CompareResult): string[] {
  if (cells.length === 0) return [];
  return [
    '<h2>Cells</h2>',
    '<p>Median (least to largest) of the valid repetitions. Latency counts from the intended time of sending; CPU and bytes are those of all validators together, from the beginning of the trace to the end of the drain.</p>',
    table(
      ['cell', 'system', 'runs', ...SCALARS.map((name) => SCALAR_HEADS[name]), 'load average'],
      cells.map((cell) => [
        cellKey(cell),
        cell.system,
        `${cell.runs.length - cell.invalid} of ${cell.runs.length}`,
        ...SCALARS.map((name) => spreadText(cell.summary[name])),
        loadText(cell),
      ]),
    ),
  ];
}

function limitRows({ limits }: CompareResult): string[] {
  if (limits.length === 0) return [];
  return [
    '<h2>Largest scale</h2>',
    '<p>Of the trace, with at least 99 % final and p99 within 10 s; one run a scale.</p>',
    table(
      ['trace', 'system', 'largest scale', 'mean rate there, tx/s', 'tried'],
      limits.map((limit) => [
        cellKey({ ...limit, scale: 1 }),
        limit.system,
        limit.largest === null ? 'none of those tried' : String(limit.largest),
        String(limit.perSecond ?? ''),
        limit.tried.map(({ scale, passed }) => `${scale}${passed ? '' : ' (no)'}`).join(', '),
      ]),
    ),
  ];
}

function idleRows({ idle }: CompareResult): string[] {
  if (idle.length === 0) return [];
  return [
    '<h2>At rest</h2>',
    table(
      ['system', 'validators', 'seconds', 'CPU, % of a core, all', 'bytes sent a second, all'],
      idle.map((row) =>
        [row.system, row.validators, row.seconds, row.cpuPercent, row.bytesPerSecond].map(String),
      ),
    ),
  ];
}

function crashRows({ cells }: CompareResult): string[] {
  const rows = cells.filter(({ fault }) => fault === 'crash').map(crashShares);
  if (rows.length === 0) return [];
  return [
    '<h2>Around a crash</h2>',
    '<p>One validator is killed; final payments a second before and after, and the longest time without one. Medians.</p>',
    table(
      [
        'cell',
        'system',
        'before, tx/s',
        'after, tx/s',
        'p50 before, ms',
        'p50 after, ms',
        'seconds without a final one',
      ],
      rows.map((row) => Object.values(row).map(String)),
    ),
  ];
}

function loadText({ runs }: CellResult): string {
  const loads = runs.flatMap(({ loadAverage }) => loadAverage);
  return `${Math.min(...loads)} to ${Math.max(...loads)}`;
}

function spreadText(spread: Spread | null): string {
  if (spread === null) return '';
  const { median, min, max } = spread;
  return min === max ? String(short(median)) : `${short(median)} (${short(min)} to ${short(max)})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${cells(head, 'th')}${rows.map((row) => cells(row, 'td')).join('')}</table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
