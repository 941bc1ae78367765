import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../../crypto/secp256k1.ts';
import type { SignatureCheck, Verifier } from '../../replica/ports.ts';
import type { Digest } from '../../types/ids.ts';

const DIGEST_BYTES = 32;
const CHECK_BYTES = PUBLIC_KEY_BYTES + DIGEST_BYTES + SIGNATURE_BYTES;

/** Whether the check has the lengths that a batch can carry; any other one is false. */
export function isWellFormed(check: SignatureCheck): boolean {
  const { publicKey, digest, signature } = check;
  return (
    publicKey.length === PUBLIC_KEY_BYTES &&
    digest.length === 2 * DIGEST_BYTES &&
    signature.length === SIGNATURE_BYTES
  );
}

/** Packs well-formed checks into one buffer of their own, to be handed to another thread. */
export function packChecks(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  const packed = Buffer.from(new ArrayBuffer(checks.length * CHECK_BYTES));
  checks.forEach(({ publicKey, digest, signature }, index) => {
    const at = index * CHECK_BYTES;
    packed.set(publicKey, at);
    packed.write(digest, at + PUBLIC_KEY_BYTES, 'hex');
    packed.set(signature, at + PUBLIC_KEY_BYTES + DIGEST_BYTES);
  });
  return packed as Uint8Array<ArrayBuffer>;
}

/** One byte per packed check: 1 where the signature is right. */
export function verifyPacked(packed: Uint8Array, verifier: Verifier): Uint8Array<ArrayBuffer> {
  const verdicts = new Uint8Array(packed.length / CHECK_BYTES);
  for (let index = 0; index < verdicts.length; index += 1) {
    const at = index * CHECK_BYTES;
    const digestAt = at + PUBLIC_KEY_BYTES;
    const signatureAt = digestAt + DIGEST_BYTES;
    const right = verifier.verify({
      publicKey: packed.subarray(at, digestAt),
      digest: Buffer.from(packed.subarray(digestAt, signatureAt)).toString('hex') as Digest,
      signature: packed.subarray(signatureAt, signatureAt + SIGNATURE_BYTES),
    });
    verdicts[index] = right ? 1 : 0;
  }
  return verdicts;
}
