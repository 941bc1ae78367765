import { type Owners, ownersOf } from '../../client/proposal.ts';
import { PUBLIC_KEY_HEX } from '../../codec/hex.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { wholeNumber } from './parse-option.ts';

/** Parses `--threshold` of an m-of-n lock. */
export const thresholdNumber = wholeNumber(1, WIRE_LIMITS.multiKeysMax.value);

/** The bytes of a public key in hex. Throws a CommandError if it is none. */
export function publicKeyOf(text: string): Uint8Array {
  if (PUBLIC_KEY_HEX.test(text)) return Buffer.from(text, 'hex');
  throw new CommandError(EXIT.usage, 'a public key is 66 hex digits that begin with 02 or 03');
}

/** Throws a CommandError where these cannot own anything together. */
export function ownersFrom(threshold: number, publicKeys: readonly string[]): Owners {
  const made = ownersOf(threshold, publicKeys.map(publicKeyOf));
  if (made.ok) return made.value;
  throw new CommandError(EXIT.usage, made.error.detail);
}
