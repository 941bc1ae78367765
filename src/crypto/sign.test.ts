import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng } from '../std/prng.ts';
import type { Digest } from '../types/ids.ts';
import { bytesToHex } from './native-bytes.ts';
import { native } from './secp256k1.ts';
import { createSigner } from './sign.ts';
import { createVerifier } from './verify.ts';

function secretOf(value: number): Uint8Array {
  const secret = new Uint8Array(32);
  secret[31] = value;
  return secret;
}

test('signatures are those of RFC 6979, with the low S', () => {
  // Computed by an implementation apart from both libraries.
  const known: [number, string, string][] = [
    [
      1,
      '7b',
      '9aae2482b9aeb6b621f4395c9437b952e22a88e5ab867a38941de25e5fe39a70467c461e3fe4467ac948ac0acab4f4d1f2d6f97a96a064b5a7c5af12bf9663a0',
    ],
    [
      5,
      '01',
      '7a8c4506092c89bd2e3f180bf2f1dec01861a070ed5e5981ba36b92c21be84012ca2b928f50085adf69adbc1d78c1abca50d69a44d63830d57475ada6d8e2d47',
    ],
  ];
  for (const [secret, byte, signature] of known) {
    for (const backend of ['auto', 'noble'] as const) {
      const signer = createSigner(secretOf(secret), backend);
      assert.equal(bytesToHex(signer.sign(byte.repeat(32) as Digest)), signature);
    }
  }
});

test('both backends give the same keys and bytes, and each verifies them', (t) => {
  if (native === null) return t.skip('no native secp256k1 here');
  const prng = createPrng('sign');
  for (let i = 0; i < 40; i++) {
    const secret = prng.bytes(32);
    const digest = bytesToHex(prng.bytes(32)) as Digest;
    const fast = createSigner(secret, 'native');
    const reference = createSigner(secret, 'noble');
    const signature = fast.sign(digest);
    assert.deepEqual(fast.publicKey, reference.publicKey);
    assert.equal(bytesToHex(signature), bytesToHex(reference.sign(digest)));
    const check = { publicKey: fast.publicKey, digest, signature };
    assert.equal(createVerifier('native').verify(check), true);
    assert.equal(createVerifier('noble').verify(check), true);
  }
});

test('a signer keeps a copy of its secret, and refuses what is none', () => {
  const secret = secretOf(9);
  const signer = createSigner(secret);
  const before = signer.sign('00'.repeat(32) as Digest);
  secret.fill(0);
  assert.deepEqual(signer.sign('00'.repeat(32) as Digest), before);
  assert.throws(() => createSigner(new Uint8Array(32)), /not a secp256k1 secret/);
  assert.throws(() => createSigner(new Uint8Array(32).fill(255)), /not a secp256k1 secret/);
  assert.throws(() => createSigner(new Uint8Array(31).fill(1)), /not a secp256k1 secret/);
});
