import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fromHex, toHex } from '../../codec/hex.ts';
import { type KeyPair, keyPair } from '../../crypto/keys.ts';
import { configError } from '../operator-error.ts';

/** Bits of a file's mode that let others than its owner read or write it. */
const OTHERS = 0o077;

/** One line of 64 hex characters, readable by its owner only. Never overwrites. */
export function writeKeyFile(path: string, secret: Uint8Array): void {
  writeFileSync(path, `${toHex(secret)}\n`, { mode: 0o600, flag: 'wx' });
}

/** The pair of a key file. Throws an OperatorError that says what is wrong with it. */
export function readKeyFile(path: string): KeyPair {
  let text: string;
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0) {
      throw configError(`${path} can be read by others: run "chmod 600 ${path}"`);
    }
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw configError(`the key file ${path} cannot be read: ${(cause as Error).message}`);
  }
  const pair = /^[0-9a-f]{64}$/.test(text) ? keyPair(fromHex(text) as Uint8Array) : undefined;
  if (pair === undefined) throw configError(`${path} must hold 64 hex digits, a secp256k1 secret`);
  return pair;
}
