import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, keyPair } from './keys.ts';
import { bytesToHex } from './native-bytes.ts';
import { deriveKeyPair, isPhrase, seedOfPhrase } from './phrases.ts';
import { isPublicKey } from './secp256k1.ts';

const PHRASE = `${'abandon '.repeat(11)}about`;
const SEED =
  '5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4';

test('phrases give the seeds of BIP39', () => {
  assert.equal(bytesToHex(seedOfPhrase(PHRASE)), SEED);
  assert.notEqual(bytesToHex(seedOfPhrase(PHRASE, 'TREZOR')), SEED);
  assert.equal(isPhrase(PHRASE), true);
  assert.equal(isPhrase(PHRASE.replace('about', 'abandon')), false);
  assert.equal(isPhrase('no phrase'), false);
});

test("keys stand at m/44'/1'/account'/0/index", () => {
  const seed = seedOfPhrase(PHRASE);
  // Computed by an implementation of BIP32 apart from the library.
  assert.equal(
    bytesToHex(deriveKeyPair(seed, 0, 0).secret),
    'e01fea8a48e2854fdd0255c12b1d704967d9401f11c3f4980006ced8977574dc',
  );
  assert.equal(
    bytesToHex(deriveKeyPair(seed, 3, 7).secret),
    '3ca2c6a5498eaf1ad3fabf3a94523d7af5debe20decda225011180f0474b4ccf',
  );
});

test('a pair is a secret in range and its point', () => {
  assert.equal(keyPair(new Uint8Array(32)), undefined);
  assert.equal(keyPair(new Uint8Array(32).fill(255)), undefined);
  assert.equal(keyPair(new Uint8Array(16).fill(1)), undefined);
  const generated = generateKeyPair();
  assert.equal(isPublicKey(generated.publicKey), true);
  assert.deepEqual(keyPair(generated.secret), generated);
  assert.equal(isPublicKey(generated.publicKey.with(0, 4)), false);
  assert.equal(isPublicKey(new Uint8Array(33).fill(0).with(0, 2)), false);
});
