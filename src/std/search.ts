/** How many of the first so many indexes `holds` is true for, when it is for none behind them. Binary search. */
export function countLeading(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
