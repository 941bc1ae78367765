import { toHex } from '../../src/codec/hex.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Genesis } from '../../src/types/genesis.ts';

export const FUNDING_SECRET = new Uint8Array(32).fill(7);
export const VALIDATORS = [21, 22, 23, 24].map((byte) =>
  createSigner(new Uint8Array(32).fill(byte)),
);
export const MIN_FEE = 2000n;

export const genesis: Genesis = {
  format: 1,
  name: 'replay-test',
  addressPrefix: 'althdev',
  committee: VALIDATORS.map(({ publicKey }, lane) => ({
    name: `validator-${lane}`,
    publicKey: toHex(publicKey),
  })),
  params: {
    minFee: MIN_FEE,
    laneWindowMax: 64,
    blockTxsMax: 500,
    blockBytesMax: 1_000_000,
  },
  outputs: Array.from({ length: 8 }, () => ({
    amount: 10_000_000_000_000n,
    lock: keyLock(createSigner(FUNDING_SECRET).publicKey),
  })),
};
