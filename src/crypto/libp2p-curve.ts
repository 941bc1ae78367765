import * as noble from '@noble/secp256k1';
import { COMPACT, hasKeyForm, native, publicKeyOf } from './secp256k1.ts';

/**
 * What the keys of libp2p use of a curve, with our backends. The build puts it in the place of the one that libp2p
 * brings (scripts/bundle.mjs), which fills tables at every start and decompresses each peer's key twice.
 */
export const secp256k1 = {
  /** Throws on what is no secret. */
  getPublicKey: (secret: Uint8Array): Uint8Array => publicKeyOf(secret),
  /** DER, with the low S. */
  sign(digest: Uint8Array, secret: Uint8Array): Uint8Array {
    const fast = native?.ecdsaSign(digest, secret).signature;
    return toDer(fast ?? noble.sign(digest, secret, COMPACT));
  },
  verify(der: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean {
    const signature = fromDer(der);
    if (signature === null) return false;
    try {
      return native === null
        ? noble.verify(signature, digest, publicKey, COMPACT)
        : native.ecdsaVerify(signature, digest, publicKey);
    } catch {
      // Of r or s out of range.
      return false;
    }
  },
  Point: {
    /** Throws on what is no point of the curve. */
    fromBytes(key: Uint8Array) {
      const short = converted(key, true);
      return { toBytes: (isShort = true): Uint8Array => (isShort ? short : converted(key, false)) };
    },
  },
  utils: { randomSecretKey: (): Uint8Array => noble.utils.randomSecretKey() },
};

function converted(key: Uint8Array, isShort: boolean): Uint8Array {
  const isLong = key.length === LONG_KEY_BYTES && key[0] === 4;
  if (!isLong && !hasKeyForm(key)) throw new RangeError('neither form of a public key');
  if (native !== null) return native.publicKeyConvert(key, isShort);
  return noble.Point.fromBytes(key).toBytes(isShort);
}

const LONG_KEY_BYTES = 65;
const INTEGER = 0x02;
const SEQUENCE = 0x30;
const SCALAR_BYTES = 32;

/** `compact`: r and s, 32 bytes each. */
export function toDer(compact: Uint8Array): Uint8Array {
  const body = [
    ...integer(compact.subarray(0, SCALAR_BYTES)),
    ...integer(compact.subarray(SCALAR_BYTES)),
  ];
  return Uint8Array.of(SEQUENCE, body.length, ...body);
}

/** As short as it gets, and not negative. */
function integer(scalar: Uint8Array): number[] {
  const first = scalar.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? [0] : [...scalar.subarray(first)];
  if ((digits[0] as number) >= 0x80) digits.unshift(0);
  return [INTEGER, digits.length, ...digits];
}

/** null: not the one encoding of two scalars. */
export function fromDer(der: Uint8Array): Uint8Array | null {
  const r = scalarAt(der, 2);
  const s = r === null ? null : scalarAt(der, 4 + (der[3] as number));
  if (r === null || s === null) return null;
  const compact = new Uint8Array(2 * SCALAR_BYTES);
  compact.set(r, SCALAR_BYTES - r.length);
  compact.set(s, 2 * SCALAR_BYTES - s.length);
  // What is written back the same has no second form: lengths, leading zeros, bytes behind.
  const again = toDer(compact);
  const isSame = again.length === der.length && again.every((byte, at) => byte === der[at]);
  return isSame ? compact : null;
}

function scalarAt(der: Uint8Array, at: number): Uint8Array | null {
  const length = der[at + 1] ?? 0;
  const digits = der.subarray(at + 2, at + 2 + length);
  const scalar = digits[0] === 0 ? digits.subarray(1) : digits;
  return scalar.length <= SCALAR_BYTES ? scalar : null;
}
