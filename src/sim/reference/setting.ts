import { genesisCoins, paramsDigest } from '../../codec/genesis.ts';
import { fromHex } from '../../codec/hex.ts';
import type { Committee } from '../../committee/committee.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { keyLock } from '../../crypto/locks.ts';
import { defined } from '../../std/assert.ts';
import { uint32Bytes } from '../../std/bytes.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { LedgerId, TxId } from '../../types/ids.ts';
import type { Verifier } from '../../types/signature.ts';
import { isWitnessed } from '../checkers/signatures.ts';
import type { Setting } from './model.ts';

/** A ledger, by what its genesis says. */
export type GenesisFacts = {
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
};

/**
 * What the definitions need to know of this ledger. The product's `feeTxid` is among what they judge.
 * `verifier` null: every signature counts as checked.
 */
export function settingOf(
  { genesis, ledgerId, committee }: GenesisFacts,
  verifier: Verifier | null,
): Setting {
  const { params } = genesis;
  const ledgerBytes = defined(fromHex(ledgerId), 'a digest is hex');
  return {
    n: committee.n,
    quorum: committee.quorum,
    ledgerId,
    minFee: params.minFee,
    laneWindowMax: params.laneWindowMax,
    generationEpochs: params.generationEpochs ?? 0,
    paramsDigest: paramsDigest(params),
    ...(params.sharedChecks === true
      ? { isWitnessed: (block) => verifier === null || isWitnessed(block, verifier) }
      : {}),
    genesis: new Map(genesisCoins(genesis)),
    payoutLocks: genesis.committee.map((_, lane) => keyLock(committee.publicKey(lane))),
    feeTxid: (epoch) =>
      taggedHash('fee-transaction', ledgerBytes, uint32Bytes(epoch)) as string as TxId,
  };
}
