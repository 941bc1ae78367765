import type { LaneId } from './ids.ts';

/** Ways in which a validator's own signatures prove that it broke the rules. */
export const EVIDENCE_KINDS = {
  equivocation: 'It signed two blocks with one seq.',
  contradiction: 'It signed votes that contradict each other, in one block or in two.',
  chain: 'It signed a block that cannot follow the one that it names as its predecessor.',
  invalid: 'It signed a block that is wrong in itself, whatever its history.',
} as const satisfies Record<string, string>;

export type EvidenceKind = keyof typeof EVIDENCE_KINDS;

/** Encoded blocks of one lane that prove something by themselves, to anybody who has the genesis. */
export type Evidence = {
  readonly kind: EvidenceKind;
  readonly lane: LaneId;
  /** One or two, ascending by seq, then digest: one proof has one encoding. */
  readonly blocks: readonly Uint8Array[];
};
