/** Does at once a job that was made to be done in slices. */
export function runToEnd<T>(job: Generator<void, T>): T {
  let slice = job.next();
  while (slice.done !== true) slice = job.next();
  return slice.value;
}
