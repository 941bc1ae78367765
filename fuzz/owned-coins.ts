import { checkpointDigest } from '../src/codec/checkpoint.ts';
import { ledgerIdOf, paramsDigest } from '../src/codec/genesis.ts';
import { toHex } from '../src/codec/hex.ts';
import { keyLock, multiLock } from '../src/crypto/locks.ts';
import { createSigner } from '../src/crypto/sign.ts';
import { unspentLeaf } from '../src/ledger/coins.ts';
import { stateLeafHash } from '../src/ledger/state-proof.ts';
import { compareBytes } from '../src/std/bytes.ts';
import type { Genesis } from '../src/types/genesis.ts';
import { type TxId, ZERO_DIGEST } from '../src/types/ids.ts';
import type { OutputProof } from '../src/types/proof.ts';
import type { Signer } from '../src/types/signature.ts';

/*
 * A ledger that one validator has certified, with nothing in it but some coins, most of them of 2 of 3
 * owners: whatever a changed payment of theirs claims to spend can be held against it.
 */
const ACCEPTED_EPOCH = 1;
const signerOf = (byte: number) => createSigner(new Uint8Array(32).fill(byte));
const validator = signerOf(5);

/** In the order of their keys. */
export const ownerSigners: readonly Signer[] = [1, 2, 3]
  .map(signerOf)
  .sort((one, other) => compareBytes(one.publicKey, other.publicKey));

const publicKeys = ownerSigners.map(({ publicKey }) => publicKey);
export const owners = { threshold: 2, publicKeys };
export const ownersLock = multiLock(owners.threshold, publicKeys);
export const payeeLock = keyLock(signerOf(4).publicKey);

export const genesis: Genesis = {
  format: 1,
  name: 'owned-coins',
  addressPrefix: 'alt',
  committee: [{ name: 'only', publicKey: toHex(validator.publicKey) }],
  params: { minFee: 10n, laneWindowMax: 8, blockTxsMax: 8, blockBytesMax: 8000 },
  outputs: [],
};
export const ledgerId = ledgerIdOf(genesis);

export const coinsTxid = 'aa'.repeat(32) as TxId;
export const coins = [
  { index: 0, amount: 500n, lock: ownersLock },
  { index: 3, amount: 300n, lock: ownersLock },
  { index: 4, amount: 900n, lock: payeeLock },
];

/** A tree of one leaf is that leaf. */
export const coinsProof: OutputProof = proofOfCoins();

function proofOfCoins(): OutputProof {
  const value = unspentLeaf(ACCEPTED_EPOCH, coins);
  const checkpoint = {
    ledgerId,
    committee: 0,
    paramsDigest: paramsDigest(genesis.params),
    epoch: 2,
    prev: ZERO_DIGEST,
    cut: ZERO_DIGEST,
    txRoot: ZERO_DIGEST,
    stateRoot: stateLeafHash(coinsTxid, value),
    acceptedCount: 1,
    rejectedCount: 0,
    timeMs: 1,
  };
  const signatures = [{ lane: 0, signature: validator.sign(checkpointDigest(checkpoint)) }];
  const path = { key: coinsTxid, siblings: [], leaf: { key: coinsTxid, value } };
  const certificate = { checkpoint, signatures };
  return { certificate, txid: coinsTxid, unspent: coins, acceptedEpoch: ACCEPTED_EPOCH, path };
}

/** Of what is not so, under the same signatures. */
export const lyingProof: OutputProof = {
  ...coinsProof,
  unspent: coins.map((coin) => ({ ...coin, amount: 10_000n })),
};
