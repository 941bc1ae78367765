/** What the figures are held against. They decide nothing but the words beside a figure. */
const MARKS = {
  sustainedPerSecond: { limit: 2500, unit: 'tx/s', direction: 'at least' },
  halfLoadP50Ms: { limit: 40, unit: 'ms', direction: 'at most' },
  cpuUsPerTransaction: { limit: 700, unit: 'us', direction: 'at most' },
  /** Of what the cores could check if they did nothing else; where f + 1 validators check, and where all do. */
  signatureBoundShared: { limit: 40, unit: '%', direction: 'at least' },
  signatureBoundAll: { limit: 60, unit: '%', direction: 'at least' },
} as const;

export type MarkName = keyof typeof MARKS;

export type Verdict = {
  readonly mark: MarkName;
  readonly value: number | null;
  readonly limit: number;
  readonly passed: boolean;
};

/** `value` null: not measured, which passes nothing. */
export function judge(mark: MarkName, value: number | null): Verdict {
  const { limit, direction } = MARKS[mark];
  const passed = value !== null && (direction === 'at least' ? value >= limit : value <= limit);
  return { mark, value, limit, passed };
}

export function markText({ mark, value, passed }: Verdict): string {
  const { limit, unit, direction } = MARKS[mark];
  const limitText = `mark ${direction} ${limit} ${unit}`;
  if (value === null) return `not measured, ${limitText}`;
  return `${value.toFixed(1)} ${unit}, ${limitText}: ${passed ? 'pass' : 'FAIL'}`;
}
