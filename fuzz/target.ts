import type { Prng } from '../src/std/prng.ts';

/** A property of a decoder that does not hold. Anything else that a check throws is a failure as well. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** What one input may cost: bytes allocated and work done are at most `fixed + perByte * length`. */
export type Bound = { readonly fixed: number; readonly perByte: number };

/** The heap tells what it has taken in steps of its allocation areas: less cannot be told from nothing. */
export const MEASURE_GRAIN = 262_144;

export type Target = {
  readonly name: string;
  /** Valid inputs made by the structure-aware generator; the same for the same seed. */
  readonly samples: (seed: number) => readonly Uint8Array[];
  /**
   * Decodes the input and holds every property of the decoder. The answer says in a few words what the
   * decoder said: a new one makes the input worth keeping.
   */
  readonly check: (input: Uint8Array) => string | Promise<string>;
  /** Only decodes: what allocation is measured of. Absent where no single call can be measured. */
  readonly decode?: (input: Uint8Array) => unknown;
  readonly mutate: (input: Uint8Array, other: Uint8Array, random: Prng) => Uint8Array;
  /** Makes the checksums and digests of a changed input right again, so that what lies behind them is reached. */
  readonly repair?: (input: Uint8Array) => Uint8Array;
  /** Bytes that one decoding may allocate. */
  readonly memory: Bound;
  /** Longer inputs are cut. */
  readonly lengthMax: number;
  /** What the target keeps open; called once at the end. */
  readonly close?: () => Promise<void>;
};

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Violation(what);
}

/** What a refusal says, without its numbers and quotations: inputs that differ only in these are alike. */
export function labelOf(detail: string): string {
  return detail
    .replace(/"(?:[^"\\]|\\.)*"?/g, '""')
    .replace(/[0-9]+/g, '0')
    .slice(0, 60);
}
