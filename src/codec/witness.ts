import { isMultiLock, keyLock, multiLock } from '../crypto/locks.ts';
import { hasKeyForm, PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../crypto/secp256k1.ts';
import type { Lock } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { KeyWitness, MultiWitness, Witness } from '../types/transaction.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const KEY = 1;
const MULTI = 2;

/** The lock that this witness opens, whether or not its signatures are right. */
export function witnessLock(witness: Witness): Lock {
  if (witness.kind === 'key') return keyLock(witness.publicKey);
  return multiLock(witness.threshold, witness.publicKeys);
}

export function writeWitness(writer: Writer, witness: Witness): void {
  if (witness.kind === 'key') {
    writer.u8(KEY);
    writer.raw(witness.publicKey);
    writer.raw(witness.signature);
    return;
  }
  writer.u8(MULTI);
  writer.u8(witness.threshold);
  writer.u8(witness.publicKeys.length);
  for (const key of witness.publicKeys) writer.raw(key);
  for (const { index, signature } of witness.signatures) {
    writer.u8(index);
    writer.raw(signature);
  }
}

export function readWitness(reader: Reader): Witness {
  const kind = reader.u8();
  if (kind === KEY) return readKeyWitness(reader);
  if (kind === MULTI) return readMultiWitness(reader);
  return reader.fail(`witness kind ${kind}`);
}

function readKeyWitness(reader: Reader): KeyWitness {
  const publicKey = reader.raw(PUBLIC_KEY_BYTES);
  if (!hasKeyForm(publicKey)) reader.fail('a public key is not compressed', 'bad-witness');
  return { kind: 'key', publicKey, signature: reader.raw(SIGNATURE_BYTES) };
}

function readMultiWitness(reader: Reader): MultiWitness {
  const threshold = reader.u8();
  const count = reader.count(
    reader.u8(),
    WIRE_LIMITS.multiKeysMax.value,
    PUBLIC_KEY_BYTES,
    'keys of a lock',
  );
  const publicKeys: Uint8Array[] = [];
  for (let i = 0; i < count; i++) publicKeys.push(reader.raw(PUBLIC_KEY_BYTES));
  if (!isMultiLock(threshold, publicKeys)) {
    reader.fail('not the ascending keys and threshold of an m-of-n lock', 'bad-witness');
  }
  const signatures: { index: number; signature: Uint8Array }[] = [];
  let next = 0;
  for (let i = 0; i < threshold; i++) {
    const index = reader.u8();
    if (index < next || index >= count) {
      reader.fail('signature indexes are not ascending', 'bad-witness');
    }
    next = index + 1;
    signatures.push({ index, signature: reader.raw(SIGNATURE_BYTES) });
  }
  return { kind: 'multi', threshold, publicKeys, signatures };
}
