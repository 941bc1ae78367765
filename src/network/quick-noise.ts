import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { type KeyPair, noise } from '@chainsafe/libp2p-noise';
import type { PrivateKey } from '@libp2p/interface';
import { equalBytes } from '../std/bytes.ts';
import { type Teller, tellListenersOnly } from './heard-events.ts';
import {
  type Ciphers,
  decodeByPieces,
  type NoiseConnection,
  quickCiphers,
  type TcpConnection,
  writeWhole,
} from './noise-messages.ts';
import type { Tolls } from './tolls.ts';

type Create = ReturnType<typeof noise>;
type Components = Parameters<Create>[0];
type Bytes = Uint8Array | { subarray(): Uint8Array };
/** The parts of an encrypter that are replaced here. */
type Internals = {
  readonly crypto: Ciphers & {
    generateKeypair: () => KeyPair;
    dh: (own: KeyPair, theirs: Bytes) => Uint8Array;
    hkdf: (chainingKey: Uint8Array, secret: Uint8Array) => Uint8Array[];
  };
  staticKey: KeyPair;
};

/**
 * libp2p's noise with cheaper messages (noise-messages.ts), where a first answer, which whoever asks for one
 * gets, takes 0.2 ms of cryptography instead of 1.9: there keys go through an encoding that OpenSSL needs 0.7 ms
 * to read, twice, and the same static key is signed for each handshake anew. Keys are derived by OpenSSL too: in
 * JavaScript, which is still interpreted when a validator starts, that takes longer than all the rest. Messages
 * are charged for to `tolls`.
 */
export function quickNoise(tolls: Tolls): Create {
  const create = noise();
  return (components) => {
    const privateKey = { value: signingOnce(components.privateKey) };
    const encrypter = create(Object.create(components, { privateKey }) as Components);
    const internals = encrypter as unknown as Internals;
    Object.assign(internals.crypto, {
      generateKeypair,
      dh,
      hkdf,
      ...quickCiphers({ ...internals.crypto }),
    });
    internals.staticKey = generateKeypair();
    exchangeQuickly(encrypter, tolls);
    return encrypter;
  };
}

function exchangeQuickly(encrypter: ReturnType<Create>, tolls: Tolls): void {
  const { secureInbound, secureOutbound } = encrypter;
  const quick = async (secure: typeof secureInbound, given: Parameters<typeof secureInbound>) => {
    const secured = await secure.apply(encrypter, given);
    const { connection, remotePeer } = secured;
    const [below] = given;
    const tcp = below as unknown as TcpConnection;
    const meter = tolls.secured(remotePeer.toString(), connection, tcp.socket);
    writeWhole(tcp);
    decodeByPieces(connection as unknown as NoiseConnection, (messages) => meter.charge(messages));
    for (const each of [below, connection]) tellListenersOnly(each as unknown as Teller);
    return secured;
  };
  encrypter.secureInbound = (...given) => quick(secureInbound, given);
  encrypter.secureOutbound = (...given) => quick(secureOutbound, given);
}

const KEY_BYTES = 32;
const secrets = new WeakMap<KeyPair, KeyObject>();

function generateKeypair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const pair = { publicKey: Buffer.from(x, 'base64url'), privateKey: new Uint8Array(0) };
  secrets.set(pair, privateKey);
  return pair;
}

/** Throws on what is no point, or one of small order. */
function dh(own: KeyPair, theirs: Bytes): Uint8Array {
  const privateKey = secrets.get(own);
  if (privateKey === undefined) throw new Error('no pair of this noise');
  const x = Buffer.from(theirs.subarray()).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  return diffieHellman({ privateKey, publicKey });
}

/** HKDF (RFC 5869) with SHA-256: three keys of 32 bytes, as noise has them made. */
function hkdf(chainingKey: Uint8Array, secret: Uint8Array): Uint8Array[] {
  const keys = hkdfSync('sha256', secret, chainingKey, '', 3 * KEY_BYTES);
  return [0, 1, 2].map((n) => new Uint8Array(keys, n * KEY_BYTES, KEY_BYTES));
}

/** Keeps its last signature: each handshake of one noise has the same message signed. */
function signingOnce(key: PrivateKey): PrivateKey {
  let last: { readonly message: Uint8Array; readonly signature: Promise<Uint8Array> } | null = null;
  const sign: PrivateKey['sign'] = (data, options) => {
    const message = data.subarray();
    if (last !== null && equalBytes(last.message, message)) return last.signature;
    const signature = Promise.resolve(key.sign(message, options));
    last = { message: message.slice(), signature };
    return signature;
  };
  return Object.create(key, { sign: { value: sign } }) as PrivateKey;
}
