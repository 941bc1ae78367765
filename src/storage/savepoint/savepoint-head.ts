import type { LaneId, LedgerId } from '../../types/ids.ts';

/** Of what a savepoint is a savepoint. */
export type SavepointHead = {
  /** Of the program: another one may keep its state or its tables otherwise. */
  readonly version: string;
  /** Of the state and the tables (replica/savepoint.ts): builds of one version may differ too. */
  readonly layout: number;
  readonly ledgerId: LedgerId;
  /** null: an observer. */
  readonly lane: LaneId | null;
  /** Blocks of the journal that it takes in. */
  readonly blocks: number;
  /** The journal's hash chain behind the last of them, in hex. */
  readonly link: string;
};

/** Who writes savepoints, and may continue from them. */
export type SavepointWriter = Pick<SavepointHead, 'version' | 'layout' | 'ledgerId' | 'lane'>;

/** Why a start does not continue from a savepoint but replays the whole journal. */
export const MISFITS = {
  missing: 'there is none',
  damaged: 'a file of it is not as it was written',
  'other-version': 'another version or build of the program wrote it',
  'other-node': 'it is of another ledger or validator',
  'ahead-of-journal': 'the journal is shorter: records were lost, or an old one was put back',
  'other-journal': 'the journal does not begin with the blocks that it takes in',
  unusable: 'its state could not be taken up',
} as const;
export type Misfit = keyof typeof MISFITS;

/** The journal that is there, and who starts. */
export type SavepointPlace = SavepointWriter & {
  readonly blocks: number;
  /** The chain behind this many blocks. */
  link(blocks: number): string;
};

/**
 * A savepoint is a cache of what a prefix of the journal implies: it counts where this journal, which is the
 * truth, has that very prefix. null: it does.
 */
export function misfitOf(head: SavepointHead, place: SavepointPlace): Misfit | null {
  if (head.version !== place.version || head.layout !== place.layout) return 'other-version';
  if (head.ledgerId !== place.ledgerId || head.lane !== place.lane) return 'other-node';
  if (head.blocks > place.blocks) return 'ahead-of-journal';
  return head.link === place.link(head.blocks) ? null : 'other-journal';
}
