import type { Tally } from '../std/tally.ts';

/** How many of each thing an audit has looked at, in the order in which people read them. */
export const COUNTED = {
  segments: 'segments of the journal, with their headers',
  bytes: 'bytes of the journal, by checksum and hash chain',
  blocks: 'blocks decoded, their digests and roots recomputed',
  blockSignatures: 'signatures of blocks',
  checkpointVotes: 'signatures of checkpoints in blocks',
  witnesses: 'signatures of transactions',
  vouchedBlocks: 'blocks whose signatures the trusted checkpoint stands for',
  admitted: 'blocks judged by the rules of admission in their history',
  transactions: 'transactions, without copies',
  final: 'transactions found final by verdicts of a quorum',
  rejected: 'transactions found rejected',
  cuts: 'cuts found decided and resolved',
  certificates: 'checkpoints recomputed and held against the signatures of a quorum',
  certificateSignatures: 'signatures under certificates',
  ledgers: 'ledgers added up from their transactions',
  outcomes: 'outcomes in these ledgers',
  stateRoots: 'state roots recomputed from all unspent outputs by the definition',
  definedBlocks: 'blocks compared with the definitions, evaluated naively',
  definedTransactions: 'verdicts and outcomes compared with the definitions',
  definedCuts: 'cuts compared with the definitions',
  storeEntries: 'entries of the store compared with what the journal implies',
  equivocations: 'equivocations of validators, both blocks at hand',
} as const satisfies Record<string, string>;

export type CountName = keyof typeof COUNTED;
export type Counts = Tally<CountName>;
