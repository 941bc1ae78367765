import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import { encodeAddress } from '../../src/crypto/address.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Genesis } from '../../src/types/genesis.ts';
import {
  type Digest,
  type Lock,
  type Outpoint,
  type OutpointKey,
  parseOutpointKey,
} from '../../src/types/ids.ts';
import type { Signer } from '../../src/types/signature.ts';
import type { TransactionBody } from '../../src/types/transaction.ts';

/** A ledger to test the API against, and payments in it. */

export const secret = (seed: number) => new Uint8Array(32).fill(seed);
export const alice = createSigner(secret(1));
export const bob = createSigner(secret(2));
export const lockOf = (signer: Signer): Lock => keyLock(signer.publicKey);
export const GENESIS_AMOUNT = 1_000_000n;
export const FEE = 10n;

export const genesis: Genesis = {
  format: 1,
  name: 'api-test',
  addressPrefix: 'althdev',
  committee: [11, 12, 13, 14].map((seed, lane) => ({
    name: `validator-${lane}`,
    publicKey: toHex(createSigner(secret(seed)).publicKey),
  })),
  params: {
    minFee: FEE,
    laneWindowMax: 64,
    blockTxsMax: 500,
    blockBytesMax: 1_000_000,
  },
  outputs: Array.from({ length: 1200 }, () => ({ amount: GENESIS_AMOUNT, lock: lockOf(alice) })),
};
export const ledgerId = ledgerIdOf(genesis);
export const coinKeys = [...genesisCoins(genesis)].map(([key]) => key);
export const coinAt = (index: number): Outpoint => parseOutpointKey(coinKeys[index] as OutpointKey);
export const addressOf = (signer: Signer) => encodeAddress(genesis.addressPrefix, lockOf(signer));

/** A payment of genesis output `index` to bob, or any change of one. */
export function payment(index: number, change: Partial<TransactionBody> = {}): TransactionBody {
  return {
    ledgerId,
    validUntil: 1000,
    inputs: [coinAt(index)],
    outputs: [{ amount: GENESIS_AMOUNT - FEE, lock: lockOf(bob) }],
    ...change,
  };
}

export function signed(body: TransactionBody, signer: Signer = alice): Uint8Array {
  const signature = signer.sign(txidOf(body) as string as Digest);
  return encodeTransaction(body, [{ kind: 'key', publicKey: signer.publicKey, signature }]);
}
