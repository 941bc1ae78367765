import { AlthingError } from '../src/client/althing-error.ts';
import { RestClient } from '../src/client/rest-client.ts';

/** How far certified checkpoints are behind, by one validator's status. */
export type LagSample = {
  readonly atMs: number;
  readonly stable: number;
  /** Epochs decided and not certified. */
  readonly epochs: number;
  /** Final transactions in no checkpoint. */
  readonly transactions: number;
};

const SAMPLE_MS = 1000;
/** With fewer samples one slow cut would look like growth. */
const LEAST_THIRD = 3;

/** Samples `GET /v1/status` once a second between start and stop. */
export class LagSampler {
  readonly samples: LagSample[] = [];
  readonly #client: RestClient;
  #timer: NodeJS.Timeout | null = null;
  #startMs = 0;

  constructor(url: string) {
    this.#client = new RestClient(url, { connections: 1 });
  }

  /** Cuts decided and certified between the first sample and the last. */
  get cuts(): number {
    return (this.samples.at(-1)?.stable ?? 0) - (this.samples[0]?.stable ?? 0);
  }

  start(): void {
    this.#startMs = performance.now();
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS);
    void this.#sample();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    void this.#client.close();
  }

  async #sample(): Promise<void> {
    const atMs = performance.now() - this.#startMs;
    try {
      const { epochs, counters } = await this.#client.status();
      const { decided, stable } = epochs;
      const transactions = counters.uncheckpointedTxs ?? 0;
      this.samples.push({ atMs, stable, epochs: decided - stable, transactions });
    } catch (error) {
      // A sample that did not come says nothing; the run's own counts say whether the validator answers.
      if (!(error instanceof AlthingError)) throw error;
    }
  }
}

/**
 * Whether the lag grows: in the last third of the run the median is above twice that of the first third,
 * and by more than what one more epoch holds.
 */
export function isLagGrowing(samples: readonly LagSample[], perEpoch: number): boolean {
  const third = Math.floor(samples.length / 3);
  if (third < LEAST_THIRD) return false;
  const median = (part: readonly LagSample[]) =>
    part.map(({ transactions }) => transactions).sort((a, b) => a - b)[part.length >> 1] ?? 0;
  const early = median(samples.slice(0, third));
  const late = median(samples.slice(-third));
  return late > 2 * early && late - early > perEpoch;
}
