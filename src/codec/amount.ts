/** The most that any output, sum of outputs or fee can be. */
export const AMOUNT_MAX = 2n ** 64n - 1n;

const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;

/** An amount as text in its one form: decimal, without sign or leading zeros, up to 2^64-1. null: it is none. */
export function parseAmount(text: unknown): bigint | null {
  if (typeof text !== 'string' || !DECIMAL.test(text)) return null;
  const amount = BigInt(text);
  return amount <= AMOUNT_MAX ? amount : null;
}
