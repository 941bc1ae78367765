import type { Digest } from './ids.ts';

/** The only holder of the validator's private key. Deterministic (RFC 6979). */
export interface Signer {
  readonly publicKey: Uint8Array;
  /** 64-byte compact low-S signature of a 32-byte digest. */
  sign(digest: Digest): Uint8Array;
}

export type SignatureCheck = {
  /** 33-byte compressed key. */
  readonly publicKey: Uint8Array;
  readonly digest: Digest;
  /** 64-byte compact signature. */
  readonly signature: Uint8Array;
};

/** Never throws: whatever cannot be parsed is false. */
export interface Verifier {
  readonly backend: string;
  verify(check: SignatureCheck): boolean;
}
