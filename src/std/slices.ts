/** A job in slices: between two of them whoever runs it may do something else. */
export type Sliced<T> = Generator<void, T>;

/** Well below a millisecond of what is done with inputs and outputs of transactions. */
const SLICE_WEIGHT = 64;

/** Weighs what a job does, to say when it should pause. */
export class Slice {
  #left = SLICE_WEIGHT;

  /** True: that was enough for this one; the next one begins. */
  isFull(weight: number): boolean {
    this.#left -= weight;
    if (this.#left > 0) return false;
    this.#left = SLICE_WEIGHT;
    return true;
  }
}

/** Does at once a job that was made to be done in slices. */
export function runToEnd<T>(job: Sliced<T>): T {
  let slice = job.next();
  while (slice.done !== true) slice = job.next();
  return slice.value;
}
