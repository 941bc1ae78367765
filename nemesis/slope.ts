const HOUR_MS = 3_600_000;

/** Least squares through points of time in milliseconds and a value: by how much it grows in an hour. */
export function slopePerHour(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const meanTime = mean(points.map(([time]) => time));
  const meanValue = mean(points.map(([, value]) => value));
  let product = 0;
  let square = 0;
  for (const [time, value] of points) {
    product += (time - meanTime) * (value - meanValue);
    square += (time - meanTime) ** 2;
  }
  return square === 0 ? 0 : (product / square) * HOUR_MS;
}
