import type { Span } from '../../consensus/rules.ts';
import type { Digest, Epoch } from '../../types/ids.ts';
import type { ReplicaOptions } from '../replica-options.ts';

/** Where a generation begins (PROTOCOL.md section 9): genesis, or a stop checkpoint. */
export type Start = {
  readonly generation: number;
  /** Epochs before it; what their ledgers have spent does not exist in it. */
  readonly epoch: Epoch;
  /** What the lanes' first blocks name as predecessor. */
  readonly digest: Digest;
  readonly timeMs: number;
  /** Fees of the epochs before that are not paid out yet. */
  readonly feesCarried: bigint;
  /** Blocks of earlier generations in the journal. */
  readonly journalled: number;
};

export function genesisStart({ ledgerId }: Pick<ReplicaOptions, 'ledgerId'>): Start {
  const nothing = { epoch: 0, timeMs: 0, feesCarried: 0n, journalled: 0 };
  return { generation: 0, digest: ledgerId, ...nothing };
}

/** The epochs of the generation that begins there. */
export function spanOf({ epoch }: Start, { genesis }: Pick<ReplicaOptions, 'genesis'>): Span {
  return { start: epoch, stop: epoch + (genesis.params.generationEpochs ?? Infinity) };
}
