import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys';
import { createPrng } from '../std/prng.ts';
import { fromDer, secp256k1, toDer } from './libp2p-curve.ts';

// Tests run what the compiler made, where libp2p has its own curve: the other side of each comparison.
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const prng = createPrng('libp2p-curve');

test('keys and signatures are those of the curve that libp2p brings, and each verifies them', async () => {
  for (let n = 0; n < 30; n += 1) {
    const secret = prng.bytes(32);
    const message = prng.bytes(n);
    const theirs = privateKeyFromRaw(secret);
    const key = secp256k1.getPublicKey(secret);
    assert.equal(hex(key), hex(theirs.publicKey.raw));
    const signature = secp256k1.sign(sha256(message), secret);
    assert.equal(hex(signature), hex(await theirs.sign(message)));
    assert.equal(await theirs.publicKey.verify(message, signature), true);
    assert.equal(secp256k1.verify(signature, sha256(message), key), true);
    assert.equal(secp256k1.verify(signature, sha256(prng.bytes(40)), key), false);
    const long = secp256k1.Point.fromBytes(key).toBytes(false);
    assert.equal(long.length, 65);
    assert.equal(hex(secp256k1.Point.fromBytes(long).toBytes()), hex(key));
  }
});

test('what is damaged verifies with neither', async () => {
  const secret = prng.bytes(32);
  const message = prng.bytes(20);
  const key = secp256k1.getPublicKey(secret);
  const theirs = publicKeyFromRaw(key);
  const whole = secp256k1.sign(sha256(message), secret);
  for (let at = 0; at < whole.length; at += 1) {
    const damaged = whole.with(at, (whole[at] as number) ^ (1 << prng.below(8)));
    assert.equal(secp256k1.verify(damaged, sha256(message), key), false);
    const verdict = await Promise.resolve()
      .then(() => theirs.verify(message, damaged))
      .catch(() => false);
    assert.equal(verdict, false);
  }
});

test('only the high S is refused of the two that a signature has', () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const secret = prng.bytes(32);
  const digest = prng.bytes(32);
  const compact = fromDer(secp256k1.sign(digest, secret)) as Uint8Array;
  const s = BigInt(`0x${hex(compact.subarray(32))}`);
  const high = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
  const twin = toDer(Uint8Array.of(...compact.subarray(0, 32), ...high));
  assert.equal(secp256k1.verify(twin, digest, secp256k1.getPublicKey(secret)), false);
});

test('a signature has one encoding', () => {
  for (const [r, s] of [
    ['00', '01'],
    ['7f', '80'],
    ['ff'.repeat(32), '00'.repeat(31)],
  ]) {
    const compact = Buffer.from(`${r?.padStart(64, '0')}${s?.padStart(64, '0')}`, 'hex');
    const der = toDer(compact);
    assert.deepEqual(hex(fromDer(der) as Uint8Array), hex(compact));
    assert.equal(fromDer(Uint8Array.of(...der, 0)), null);
    assert.equal(fromDer(der.subarray(0, -1)), null);
  }
  // A leading zero too many, a length over two bytes, a number that would be negative.
  for (const text of ['300702020001020101', '30810602010102 0101', '3006020181020101', '', '30']) {
    assert.equal(fromDer(Buffer.from(text.replace(' ', ''), 'hex')), null);
  }
});

test('what is no key throws', () => {
  assert.throws(() => secp256k1.getPublicKey(new Uint8Array(32)));
  const key = secp256k1.getPublicKey(new Uint8Array(32).fill(1));
  const long = secp256k1.Point.fromBytes(key).toBytes(false);
  // Off the curve, too short, and in a third form.
  assert.throws(() => secp256k1.Point.fromBytes(new Uint8Array(33).fill(2, 0, 1)));
  assert.throws(() => secp256k1.Point.fromBytes(key.subarray(1)));
  assert.throws(() => secp256k1.Point.fromBytes(long.with(0, 6 + ((long[64] as number) & 1))));
});
