import type { Output } from './transaction.ts';

export type Member = {
  readonly name: string;
  /** Compressed secp256k1 key, 66 hex characters. Its libp2p peer id is derived from it. */
  readonly publicKey: string;
};

/** Parameters that every validator must share. Digested into each checkpoint (paramsDigest). */
export type Params = {
  readonly minFee: bigint;
  /** Payload blocks of one lane above what is certified (admission rule 5). */
  readonly laneWindowMax: number;
  readonly blockTxsMax: number;
  readonly blockBytesMax: number;
  /** Witness signatures are checked by f + 1 validators, not by all (section 10). Left out: by all. */
  readonly sharedChecks?: true;
  /** Epochs of a generation (section 9). Left out: one, without end. */
  readonly generationEpochs?: number;
};

/** A list, or something that takes less memory: there may be millions. */
export type GenesisOutputs = Iterable<Output> & { readonly length: number };

export type Genesis = {
  readonly format: 1;
  readonly name: string;
  /** Address prefix: alth (main), altht (test), althdev (development). */
  readonly addressPrefix: string;
  readonly committee: readonly Member[];
  readonly params: Params;
  readonly outputs: GenesisOutputs;
};
