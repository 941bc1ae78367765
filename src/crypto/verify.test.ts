import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as noble from '@noble/secp256k1';
import { createPrng } from '../std/prng.ts';
import type { Digest } from '../types/ids.ts';
import type { SignatureCheck } from '../types/signature.ts';
import { bytesToHex, hexToBytes } from './native-bytes.ts';
import { native } from './secp256k1.ts';
import { createSigner } from './sign.ts';
import { createVerifier } from './verify.ts';

const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const word = (value: bigint): string => value.toString(16).padStart(64, '0');
const pair = (r: bigint, s: bigint): Uint8Array => hexToBytes(word(r) + word(s));
const number = (bytes: Uint8Array): bigint => BigInt(`0x${bytesToHex(bytes)}`);

const forced = process.env.ALTHING_VERIFIER === 'noble' ? 'noble' : 'auto';
const subject = createVerifier(forced);
const reference = createVerifier('noble');
const both = native === null ? [reference] : [reference, createVerifier('native')];

const secret = new Uint8Array(32).fill(0x21);
const digest = '5c'.repeat(32) as Digest;
const signer = createSigner(secret);
const good: SignatureCheck = {
  publicKey: signer.publicKey,
  digest,
  signature: signer.sign(digest),
};

/** Both backends say `expected`. */
function expect(name: string, check: SignatureCheck, expected: boolean): void {
  for (const verifier of both) {
    assert.equal(verifier.verify(check), expected, `${name}, ${verifier.backend}`);
  }
}

test('auto takes the native backend where it is, and says which', () => {
  assert.equal(createVerifier('auto').backend, native === null ? 'noble' : 'native');
  assert.equal(createVerifier('noble').backend, 'noble');
  if (forced === 'noble') assert.equal(subject.backend, 'noble');
  assert.equal(subject.verify(good), true);
});

test('the native binding is the one of libsecp256k1, not a fallback in JavaScript', (t) => {
  if (native === null) return t.skip('no native secp256k1 here');
  // The fallback's functions come from a closure over `elliptic`; the binding's call into an addon.
  assert.match(native.ecdsaVerify.toString(), /secp256k1\.ecdsaVerify/);
  assert.match(native.constructor.name, /Object/);
  const addon = Object.keys(process.report?.getReport() ?? {}).length > 0;
  assert.ok(addon);
  const report = process.report?.getReport() as unknown as { sharedObjects: string[] };
  assert.ok(report.sharedObjects.some((path) => /secp256k1.*\.node$/.test(path)));
});

test('a good signature verifies, of this key and digest only', () => {
  expect('good', good, true);
  expect('other digest', { ...good, digest: '5d'.repeat(32) as Digest }, false);
  const other = createSigner(new Uint8Array(32).fill(0x22));
  expect('other key', { ...good, publicKey: other.publicKey }, false);
});

test('T12, T15: r and s out of 1 .. n-1, and the high S, are false', () => {
  const r = number(good.signature.slice(0, 32));
  const s = number(good.signature.slice(32));
  expect('as it was', { ...good, signature: pair(r, s) }, true);
  expect('high S', { ...good, signature: pair(r, N - s) }, false);
  const edges = [0n, 1n, N - 1n, N, N + 1n, N / 2n, N / 2n + 1n, P, 2n ** 256n - 1n];
  for (const edge of edges) {
    expect(`r = ${edge}`, { ...good, signature: pair(edge, s) }, false);
    expect(`s = ${edge}`, { ...good, signature: pair(r, edge) }, false);
    expect(`both ${edge}`, { ...good, signature: pair(edge, edge) }, false);
  }
});

test('T15: keys that are no compressed points are false', () => {
  const x = good.publicKey.slice(1);
  const y = number(noble.Point.fromBytes(good.publicKey).toBytes(false).slice(33));
  const flipped = Uint8Array.of(good.publicKey[0] === 2 ? 3 : 2, ...x);
  expect('the other y', { ...good, publicKey: flipped }, false);
  const offCurve = [0n, 5n, P - 1n, P, P + 1n, N, 2n ** 256n - 1n];
  for (const prefix of [2, 3]) {
    for (const value of offCurve) {
      const publicKey = Uint8Array.of(prefix, ...hexToBytes(word(value)));
      expect(`x = ${value}`, { ...good, publicKey }, false);
    }
  }
  for (const prefix of [0, 1, 4, 5, 6, 7, 255]) {
    expect(`prefix ${prefix}`, { ...good, publicKey: Uint8Array.of(prefix, ...x) }, false);
    const long = Uint8Array.of(prefix, ...x, ...hexToBytes(word(y)));
    expect(`65 bytes, prefix ${prefix}`, { ...good, publicKey: long }, false);
  }
  for (const length of [0, 1, 32, 34, 64, 65]) {
    expect(`key of ${length}`, { ...good, publicKey: new Uint8Array(length).fill(2) }, false);
  }
});

test('wrong lengths of signature and digest are false', () => {
  for (const length of [0, 1, 63, 65, 72]) {
    const signature = new Uint8Array(length);
    signature.set(good.signature.slice(0, length));
    expect(`signature of ${length}`, { ...good, signature }, false);
  }
  for (const text of ['', '5c', '5c'.repeat(31), '5c'.repeat(33)]) {
    expect(`digest ${text}`, { ...good, digest: text as Digest }, false);
  }
});

test('T17: digests of 0 and ff..ff are digests like others', () => {
  for (const byte of ['00', 'ff']) {
    const edge = byte.repeat(32) as Digest;
    expect(byte, { ...good, digest: edge, signature: signer.sign(edge) }, true);
  }
  // With the digest 0 anybody can make r = s = x(key): the equation holds, and both must say so.
  const x = number(good.publicKey.slice(1));
  const low = x <= N / 2n ? x : N - x;
  expect('r = s = x', { ...good, digest: word(0n) as Digest, signature: pair(x, low) }, true);
});

test('T15: an R at infinity is false', () => {
  // With the key G, R = (digest + r) / s * G: at infinity for r = n - digest.
  const publicKey = noble.Point.BASE.toBytes(true);
  const r = N - number(hexToBytes(digest));
  for (const s of [1n, 2n, N / 2n]) {
    expect('infinity', { publicKey, digest, signature: pair(r, s) }, false);
  }
});

test('an R whose x exceeds n stands for r = x - n', () => {
  const message = number(hexToBytes(digest));
  const found = [...Array(40).keys()].flatMap((k) => {
    try {
      const point = noble.Point.fromBytes(hexToBytes(`02${word(N + BigInt(k))}`));
      return k === 0 ? [] : [{ r: BigInt(k), point }];
    } catch {
      return [];
    }
  });
  assert.ok(found.length > 0);
  for (const { r, point } of found.slice(0, 3)) {
    // The key for which (r, s = 1) has this R: (R - digest * G) / r.
    const key = point.subtract(noble.Point.BASE.multiply(message)).multiply(inverse(r));
    const check = { publicKey: key.toBytes(true), digest, signature: pair(r, 1n) };
    expect(`r = ${r}`, check, true);
    expect('its neighbour', { ...check, signature: pair(r + 1n, 1n) }, false);
  }
});

test('a key that the verifier was given beforehand is a key like any other', () => {
  const { publicKey } = createSigner(new Uint8Array(32).fill(0x22));
  for (const backend of ['noble', 'auto'] as const) {
    const verifier = createVerifier(backend, [publicKey, good.publicKey]);
    const says = (check: SignatureCheck) => verifier.verify(check);
    assert.equal(says(good), true);
    assert.equal(says({ ...good, publicKey: good.publicKey.slice() }), true);
    assert.equal(says({ ...good, digest: '5d'.repeat(32) as Digest }), false);
    assert.equal(says({ ...good, publicKey }), false);
  }
});

test('both backends agree on random damage', () => {
  const prng = createPrng('verify');
  let rejected = 0;
  for (let i = 0; i < 120; i++) {
    const own = createSigner(prng.bytes(32));
    const message = bytesToHex(prng.bytes(32)) as Digest;
    const publicKey = own.publicKey.slice();
    const signature = own.sign(message).slice();
    const target = prng.pick([publicKey, signature, signature, null]);
    if (target !== null) target[prng.below(target.length)]! ^= 1 << prng.below(8);
    const check = { publicKey, digest: message, signature };
    const expected = reference.verify(check);
    assert.equal(expected, target === null);
    expect(`damage ${i}`, check, expected);
    if (!expected) rejected += 1;
  }
  assert.ok(rejected > 60);
});

function inverse(value: bigint): bigint {
  let [result, base] = [1n, value];
  for (let exponent = N - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % N;
    base = (base * base) % N;
  }
  return result;
}
