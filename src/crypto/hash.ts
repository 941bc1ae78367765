import { createHash, hash } from 'node:crypto';
import type { Digest } from '../types/ids.ts';
import { DOMAINS, type Domain, TAG_BYTES, TAGS } from './domains.ts';
import { type NativeBytes, nativeBytes } from './native-bytes.ts';

/** One-shot hashing of contiguous bytes is several times faster than a hash object per call. */
const SCRATCH_BYTES = 131_072;
const scratch = Buffer.alloc(SCRATCH_BYTES);

/** SHA-256 of the domain's tag and the parts, as 64 hex digits. */
export function taggedHash(domain: Domain, ...parts: readonly Uint8Array[]): Digest {
  let end = TAG_BYTES;
  for (const part of parts) end += part.length;
  if (end > SCRATCH_BYTES) return streamedHash(domain, parts);
  scratch.set(TAGS[domain], 0);
  let offset = TAG_BYTES;
  for (const part of parts) {
    scratch.set(part, offset);
    offset += part.length;
  }
  return hash('sha256', scratch.subarray(0, end), 'hex') as Digest;
}

const PAIR_BYTES = TAG_BYTES + 64;
const pairs = tagged(PAIR_BYTES);

/** taggedHash of two digests' bytes: the node of every Merkle tree. */
export function taggedHashPair(domain: Domain, left: Digest, right: Digest): Digest {
  const preimage = pairs[domain];
  preimage.write(left, TAG_BYTES, 32, 'hex');
  preimage.write(right, TAG_BYTES + 32, 32, 'hex');
  return hash('sha256', preimage, 'hex') as Digest;
}

/**
 * Memory for the preimage of `taggedHashPair`: the tag, then two digests, the first at PAIR_AT. A tree
 * that keeps its nodes in these hashes them without copying.
 */
export function pairPreimage(domain: Domain): NativeBytes {
  const preimage = nativeBytes(PAIR_BYTES);
  preimage.set(TAGS[domain], 0);
  return preimage;
}

export const PAIR_AT = TAG_BYTES;

/** Writes the hash of such a preimage to `at` of `target`. */
export function hashPreimage(preimage: NativeBytes, target: NativeBytes, at: number): void {
  target.write(hash('sha256', preimage, 'binary'), at, 32, 'latin1');
}

const SINGLE_BYTES = TAG_BYTES + 32;
const singles = tagged(SINGLE_BYTES);

/** taggedHash of one digest's bytes. */
export function taggedHashDigest(domain: Domain, digest: Digest): Digest {
  const preimage = singles[domain];
  preimage.write(digest, TAG_BYTES, 32, 'hex');
  return hash('sha256', preimage, 'hex') as Digest;
}

/** Memory for preimages of this length, the tag in place. */
function tagged(bytes: number): Readonly<Record<Domain, Buffer>> {
  const preimages = DOMAINS.map((domain) => {
    const preimage = Buffer.alloc(bytes);
    preimage.set(TAGS[domain], 0);
    return [domain, preimage];
  });
  return Object.fromEntries(preimages) as Record<Domain, Buffer>;
}

function streamedHash(domain: Domain, parts: readonly Uint8Array[]): Digest {
  const streamed = createHash('sha256').update(TAGS[domain]);
  for (const part of parts) streamed.update(part);
  return streamed.digest('hex') as Digest;
}
