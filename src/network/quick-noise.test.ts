import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type KeyPair, noise } from '@chainsafe/libp2p-noise';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { toHex } from '../codec/hex.ts';
import { quickNoise } from './quick-noise.ts';
import { Tolls } from './tolls.ts';

type Curve = {
  generateKeypair(): KeyPair;
  dh(own: KeyPair, theirs: Uint8Array): { subarray(): Uint8Array };
  hkdf(chainingKey: Uint8Array, secret: Uint8Array): Uint8Array[];
};

/** The curve that a noise computes with. */
async function curveOf(create: ReturnType<typeof noise>): Promise<Curve> {
  const privateKey = await generateKeyPair('Ed25519');
  const log = Object.assign(() => {}, { error() {}, trace() {}, enabled: false });
  const components = {
    privateKey,
    peerId: peerIdFromPrivateKey(privateKey),
    logger: { forComponent: () => log },
  } as unknown as Parameters<typeof create>[0];
  return (create(components) as unknown as { crypto: Curve }).crypto;
}

test('agrees on a secret with the noise that it replaces parts of', async () => {
  const [quick, original] = [await curveOf(quickNoise(new Tolls())), await curveOf(noise())];
  for (let n = 0; n < 20; n += 1) {
    const [ours, theirs] = [quick.generateKeypair(), original.generateKeypair()];
    const secret = quick.dh(ours, theirs.publicKey.subarray());
    assert.deepEqual(
      Buffer.from(secret.subarray()),
      Buffer.from(original.dh(theirs, ours.publicKey.subarray()).subarray()),
    );
  }
});

test('derives the keys that the noise derives, of nothing too', async () => {
  const [quick, original] = [await curveOf(quickNoise(new Tolls())), await curveOf(noise())];
  for (const secret of [new Uint8Array(0), randomBytes(32)]) {
    const chainingKey = randomBytes(32);
    const keys = quick.hkdf(chainingKey, secret);
    assert.equal(keys.length, 3);
    assert.deepEqual(keys.map(toHex), original.hkdf(chainingKey, secret).map(toHex));
  }
});

test('refuses what is no point of the curve, points of small order, and pairs of others', async () => {
  const quick = await curveOf(quickNoise(new Tolls()));
  const ours = quick.generateKeypair();
  const one = new Uint8Array(32);
  one[0] = 1;
  for (const bad of [new Uint8Array(32), one, new Uint8Array(31), new Uint8Array(33)]) {
    assert.throws(() => quick.dh(ours, bad));
  }
  assert.throws(() => quick.dh({ ...ours }, quick.generateKeypair().publicKey.subarray()), /pair/);
});
