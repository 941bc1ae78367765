import { hkdfSync } from 'node:crypto';
import { type KeyPair, keyPair } from '../crypto/keys.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { defined } from '../std/assert.ts';
import type { Lock } from '../types/ids.ts';
import type { Signer } from '../types/signature.ts';

/**
 * The keys of a trace's owners in one run: a function of the trace's seed, the run's id and the owner's
 * number. Another run id gives other owners, so the same ledger takes the same trace any number of times.
 */
export class Owners {
  readonly #seed: Buffer;
  readonly #run: Buffer;
  readonly #pairs = new Map<number, KeyPair>();
  readonly #locks = new Map<number, Lock>();
  readonly #signers = new Map<number, Signer>();

  constructor(seed: string, runId: string) {
    this.#seed = Buffer.from(seed, 'hex');
    this.#run = Buffer.from(runId);
  }

  lock(owner: number): Lock {
    const known = this.#locks.get(owner);
    if (known !== undefined) return known;
    const lock = keyLock(this.#pair(owner).publicKey);
    this.#locks.set(owner, lock);
    return lock;
  }

  signer(owner: number): Signer {
    const known = this.#signers.get(owner);
    if (known !== undefined) return known;
    const signer = createSigner(this.#pair(owner).secret);
    this.#signers.set(owner, signer);
    return signer;
  }

  #pair(owner: number): KeyPair {
    const known = this.#pairs.get(owner);
    if (known !== undefined) return known;
    const info = `althing trace owner ${owner}`;
    const secret = new Uint8Array(hkdfSync('sha256', this.#seed, this.#run, info, 32));
    // Not a key with a probability of 2^-128.
    const pair = defined(keyPair(secret), 'a derived secret is within the group order');
    this.#pairs.set(owner, pair);
    return pair;
  }
}
