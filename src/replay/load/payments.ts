/** Payments of a load, funded and signed, in the order in which they are sent. */
export type Payments = {
  readonly ids: readonly string[];
  readonly bytes: readonly Uint8Array[];
};

export type PaymentsRequest = {
  readonly count: number;
  /** Any text: another one gives other payments. */
  readonly runId: string;
  /** Shares by payee; null: every payment has a payee of its own (as far as the system has accounts). */
  readonly payees: Readonly<Record<string, number>> | null;
  readonly onProgress: (phase: 'funding' | 'signing', done: number, total: number) => void;
};

/** Payees drawn by their shares, as numbers 0, 1, …; for number `at` always the same. */
export function payeeNumbers(shares: Readonly<Record<string, number>>): (draw: number) => number {
  const bounds: number[] = [];
  let sum = 0;
  for (const share of Object.values(shares)) bounds.push((sum += share));
  return (draw) => {
    const wanted = draw * sum;
    const found = bounds.findIndex((bound) => wanted < bound);
    return found < 0 ? bounds.length - 1 : found;
  };
}
