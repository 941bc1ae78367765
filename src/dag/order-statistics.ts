/**
 * The k-th largest of the values (k from 1), which is known to be `least` or more; `least` where fewer than
 * k are larger. Climbs from value to value: a block's vectors are those of its parents or a step above.
 */
export function kthLargest(values: ArrayLike<number>, k: number, least: number): number {
  for (let found = least; ; ) {
    let above = 0;
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value <= found) continue;
      above++;
      if (value < next) next = value;
    }
    if (above < k) return found;
    found = next;
  }
}
