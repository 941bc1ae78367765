/** Is it an integer from `least` to `most`? JSON's second zero, -0, is none: it would not read back. */
export function isIntegerIn(value: unknown, least: number, most: number): value is number {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return false;
  return (value as number) >= least && (value as number) <= most;
}
