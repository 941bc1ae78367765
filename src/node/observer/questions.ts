import type { Provider, Providers } from './providers.ts';

/** Resolves when it is time to ask somebody else as well; once it is aborted nobody minds what it does. */
export type Patience = (signal: AbortSignal) => Promise<void>;

type Answer<T> = { readonly provider: Provider } & (
  | { readonly value: T }
  | { readonly failure: unknown }
);

type Question<T> = { readonly stop: AbortController; readonly answer: Promise<Answer<T>> };

/**
 * One question to all providers, in their order: to the next when the one before has answered, and to as many more as
 * are being asked whenever patience ends. So who is slow, or answers just in time, holds nobody up for long.
 */
export class Questions<T> {
  readonly #providers: Providers;
  readonly #patience: Patience;
  /** What they are asked, and who has not answered: it may be the only one that has it. */
  #about = 0;
  readonly #open = new Map<Provider, Question<T>>();

  constructor(providers: Providers, patience: Patience) {
    this.#providers = providers;
    this.#patience = patience;
  }

  /**
   * Answers as they come, those included that are late by now and were asked about the same. Ends when all have
   * answered, or when one has and patience is over. Whoever has not answered then is asked last the next time.
   */
  async *ask(
    about: number,
    call: (provider: Provider, signal: AbortSignal) => Promise<T>,
    atOnce = 1,
  ): AsyncGenerator<{ readonly provider: Provider; readonly value: T }, void, void> {
    this.#forgetOthers(about);
    const left = this.#providers.inOrder().filter((provider) => !this.#open.has(provider));
    const asked = new Set<Provider>();
    const ended = new AbortController();
    const wait = () => this.#patience(ended.signal).then(() => null);
    let patience: Promise<null> | null = wait();
    let [width, answered] = [atOnce, false];
    try {
      for (;;) {
        for (const provider of left.splice(0, width - asked.size)) {
          asked.add(provider);
          this.#open.set(provider, begin(provider, call));
        }
        // Those of an earlier time are heard when they answer, and not waited for.
        if (this.#open.size === 0 || (asked.size === 0 && answered)) return;
        const answers = [...this.#open.values()].map(({ answer }) => answer);
        const answer = await Promise.race(patience === null ? answers : [...answers, patience]);
        if (answer === null) {
          if (left.length === 0 && answered) return;
          // Over, and nobody has answered: whoever does first is enough.
          patience = left.length === 0 ? null : wait();
          width *= 2;
          continue;
        }
        const { provider } = answer;
        asked.delete(provider);
        this.#open.delete(provider);
        if ('failure' in answer) this.#providers.failed(provider, answer.failure);
        else {
          answered = true;
          yield { provider, value: answer.value };
          if (patience === null) return;
        }
      }
    } finally {
      ended.abort();
      for (const provider of asked) this.#providers.passedOver(provider);
    }
  }

  #forgetOthers(about: number): void {
    if (about === this.#about) return;
    this.#about = about;
    for (const { stop } of this.#open.values()) stop.abort();
    this.#open.clear();
  }
}

function begin<T>(
  provider: Provider,
  call: (provider: Provider, signal: AbortSignal) => Promise<T>,
): Question<T> {
  const stop = new AbortController();
  const answer = call(provider, stop.signal).then(
    (value) => ({ provider, value }),
    (failure: unknown) => ({ provider, failure }),
  );
  return { stop, answer };
}
