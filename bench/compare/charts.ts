import { BarChart, LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { LoadFigures } from '../../src/replay/load/figures.ts';
import { CONTENDERS, type Contender } from './network.ts';
import { type CellResult, type Scalar, short } from './result.ts';

use([
  ...[BarChart, LineChart, SVGRenderer],
  ...[GridComponent, LegendComponent, MarkLineComponent, TitleComponent],
]);

const SIZE = { width: 860, height: 340 } as const;
const FONT = 'DejaVu Sans, Arial, sans-serif';
/** Of Okabe and Ito: told apart by everybody. */
const COLOURS: Readonly<Record<Contender, string>> = {
  althing: '#0072b2',
  'althing-spaced': '#56b4e9',
  'algorand-stock': '#d55e00',
  'algorand-fast': '#e69f00',
  null: '#999999',
};

export type Chart = { readonly name: string; readonly svg: string };

/** The runs of one cell, one for each system: the one with the median latency. */
export type Shown = { readonly system: Contender; readonly run: LoadFigures };

type Point = readonly [x: number, y: number | null];
type Line = { readonly name: string; readonly colour: string; readonly points: readonly Point[] };

export function throughputChart(
  title: string,
  shown: readonly Shown[],
  crashAt: number | null,
): Chart {
  const lines = shown.map(({ system, run }): Line => {
    const points = run.seconds.map(({ at, final }): Point => [at, final]);
    return { name: system, colour: COLOURS[system], points };
  });
  const due = shown[0]?.run.seconds.map(({ at, due }): Point => [at, due]) ?? [];
  return chart(
    `${title}: final a second`,
    'seconds after the beginning of the trace',
    'tx/s',
    [{ name: 'due', colour: '#bbbbbb', points: due }, ...lines],
    { crashAt },
  );
}

export function latencyChart(
  title: string,
  shown: readonly Shown[],
  crashAt: number | null,
): Chart {
  const lines = shown.map(({ system, run }): Line => {
    const points = run.seconds.map(({ at, p50Ms }): Point => [at, p50Ms]);
    return { name: system, colour: COLOURS[system], points };
  });
  const x = 'second in which the payment was due';
  return chart(`${title}: median time to final`, x, 'ms', lines, { crashAt, log: 'y' });
}

export function ecdfChart(title: string, shown: readonly Shown[]): Chart {
  const lines = shown.map(({ system, run }): Line => {
    const steps = run.latencyPercentilesMs.length - 1;
    const points = run.latencyPercentilesMs.map((ms, step): Point => {
      return [Math.max(0.1, ms), (step * 100) / steps];
    });
    return { name: system, colour: COLOURS[system], points };
  });
  const y = '% of the final ones';
  return chart(`${title}: time to final`, 'ms from the intended time', y, lines, { log: 'x' });
}

/** One group of bars for each cell. */
export function scalarChart(
  title: string,
  unit: string,
  cells: readonly CellResult[],
  of: Scalar,
): Chart {
  const names = [...new Set(cells.map(nameOf))];
  const systems = CONTENDERS.filter((system) => cells.some((cell) => cell.system === system));
  const series = systems.map((system) => ({
    type: 'bar',
    name: system,
    itemStyle: { color: COLOURS[system] },
    label: {
      show: true,
      position: 'top',
      fontFamily: FONT,
      fontSize: 10,
      formatter: ({ value }: { readonly value: number | null }) =>
        value === null ? '' : String(short(value)),
    },
    data: names.map((name) => {
      const cell = cells.find((one) => one.system === system && nameOf(one) === name);
      return cell?.summary[of]?.median ?? null;
    }),
  }));
  return draw(title, {
    xAxis: { type: 'category', data: names, axisLabel: { fontFamily: FONT } },
    yAxis: { type: 'value', name: unit, nameTextStyle: { fontFamily: FONT } },
    series,
  });
}

export function nameOf({ trace, scale, fault }: CellResult): string {
  return `${trace} x ${scale}${fault === 'none' ? '' : `, ${fault}`}`;
}

type Axes = { readonly crashAt?: number | null; readonly log?: 'x' | 'y' };

function chart(
  title: string,
  x: string,
  y: string,
  lines: readonly Line[],
  { crashAt = null, log }: Axes = {},
): Chart {
  const named = (name: string) => ({ name, nameTextStyle: { fontFamily: FONT } });
  const crash = {
    symbol: 'none',
    label: { formatter: 'crash', fontFamily: FONT },
    lineStyle: { color: '#cc0000' },
    data: [{ xAxis: crashAt }],
  };
  return draw(title, {
    xAxis: {
      type: log === 'x' ? 'log' : 'value',
      ...named(x),
      nameLocation: 'middle',
      nameGap: 26,
    },
    // At the left of the numbers, though the trace begins at 0 and the warm-up before.
    yAxis: { type: log === 'y' ? 'log' : 'value', axisLine: { onZero: false }, ...named(y) },
    series: lines.map(({ name, colour, points }, at) => ({
      type: 'line',
      name,
      data: points,
      showSymbol: false,
      connectNulls: true,
      lineStyle: { color: colour, width: 2 },
      itemStyle: { color: colour },
      ...(at === 0 && crashAt !== null ? { markLine: crash } : {}),
    })),
  });
}

function draw(title: string, option: EChartsCoreOption): Chart {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  const text = { fontFamily: FONT, fontSize: 14 };
  canvas.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 'center', textStyle: text },
    // Names are measured as if set in a narrower font: without the gap one covers the next one's icon.
    legend: { top: 32, icon: 'roundRect', itemGap: 30, textStyle: { fontFamily: FONT } },
    grid: { left: 70, right: 30, top: 84, bottom: 50 },
    ...option,
  });
  const svg = canvas.renderToSVGString();
  canvas.dispose();
  return { name: title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), svg };
}
