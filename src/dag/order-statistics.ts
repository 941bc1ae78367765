/**
 * The k-th largest of `count` values (k from 1), by insertion into a short descending prefix. Committees
 * are small, so this beats sorting. 0 when there are fewer than k values: nothing is acked by so many.
 */
export function kthLargest(values: ArrayLike<number>, k: number, scratch: Int32Array): number {
  let kept = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    let at = kept;
    while (at > 0 && (scratch[at - 1] as number) < value) at--;
    if (at >= k) continue;
    const last = kept < k ? kept++ : k - 1;
    for (let j = last; j > at; j--) scratch[j] = scratch[j - 1] as number;
    scratch[at] = value;
  }
  return kept < k ? 0 : (scratch[k - 1] as number);
}
