import { HDKey } from '@scure/bip32';
import { mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { assert, defined } from '../std/assert.ts';
import type { KeyPair } from './keys.ts';
import { publicKeyOf } from './secp256k1.ts';

/* For wallets. Apart from keys.ts: a validator should not load words and a second curve at each start. */

/** English words, right count and checksum, one blank between. */
export function isPhrase(phrase: string): boolean {
  return validateMnemonic(phrase, wordlist);
}

/** BIP39 seed (64 bytes) of a phrase that `isPhrase` has accepted. */
export function seedOfPhrase(phrase: string, password = ''): Uint8Array {
  assert(isPhrase(phrase), 'not a BIP39 phrase');
  return mnemonicToSeedSync(phrase, password);
}

/**
 * The pair at m/44'/1'/account'/0/index (BIP32, BIP44; coin type 1 is that of all test networks).
 * `seed` is 16 to 64 bytes; `account` and `index` are below 2^31.
 */
export function deriveKeyPair(seed: Uint8Array, account: number, index: number): KeyPair {
  const node = HDKey.fromMasterSeed(seed).derive(`m/44'/1'/${account}'/0/${index}`);
  const secret = defined(node.privateKey, 'a private key from a seed');
  return { secret, publicKey: publicKeyOf(secret) };
}
