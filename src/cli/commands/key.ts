import { lockOfOwners } from '../../client/proposal.ts';
import { encodeAddress } from '../../crypto/address.ts';
import { generateKeyPair, type KeyPair } from '../../crypto/keys.ts';
import { keyLock } from '../../crypto/locks.ts';
import { deriveKeyPair, isPhrase, seedOfPhrase } from '../../crypto/phrases.ts';
import { DEV_PREFIX } from '../../node/folder/dev-prefix.ts';
import { readKeyFile, writeKeyFile } from '../../node/folder/key-file.ts';
import type { Lock } from '../../types/ids.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT, orFail } from '../exit-code.ts';
import { addressPrefix, wholeNumber } from '../options/parse-option.ts';
import { ownersFrom, publicKeyOf, thresholdNumber } from '../options/public-keys.ts';
import { table } from '../output.ts';

type NewOptions = {
  readonly phrase?: string;
  readonly account?: number;
  readonly index?: number;
  readonly prefix: string;
};

type AddressOptions = { readonly threshold?: number; readonly prefix: string };

/** Of BIP44: above it derivation is hardened. */
const INDEX_MAX = 2 ** 31 - 1;
const PREFIX_HELP = 'address prefix: alth, altht (test) or althdev (development)';

export const keyCommand: AddCommand = (program, { output }) => {
  const key = program.command('key').description('make and show private keys');

  key
    .command('new')
    .description('write a new private key to a file that only its owner can read')
    .argument('<file>', 'where to write it; an existing file is never overwritten')
    .option('--phrase <words>', 'derive it from a BIP39 phrase instead of randomness')
    .option('--account <n>', 'BIP44 account of the phrase; default 0', wholeNumber(0, INDEX_MAX))
    .option('--index <n>', 'BIP44 index of the phrase; default 0', wholeNumber(0, INDEX_MAX))
    .option('--prefix <prefix>', PREFIX_HELP, addressPrefix, DEV_PREFIX)
    .action((file: string, options: NewOptions) => {
      const pair = newPair(options);
      orFail(`cannot write ${file}`, () => writeKeyFile(file, pair.secret));
      show(pair, options.prefix);
    });

  key
    .command('show')
    .description('show the public key and the address of a key file')
    .argument('<file>', 'a key file')
    .option('--prefix <prefix>', PREFIX_HELP, addressPrefix, DEV_PREFIX)
    .action((file: string, options: { prefix: string }) => show(readKeyFile(file), options.prefix));

  key
    .command('address')
    .description('show the address of a public key, or of m of n')
    .argument('<publicKeys...>', '66 hex digits each')
    .option('--threshold <m>', 'how many of them have to sign', thresholdNumber)
    .option('--prefix <prefix>', PREFIX_HELP, addressPrefix, DEV_PREFIX)
    .action((texts: string[], { threshold, prefix }: AddressOptions) => {
      const address = encodeAddress(prefix, lockOf(texts, threshold));
      output().result({ address }, () => address);
    });

  function show(pair: KeyPair, prefix: string): void {
    const publicKey = Buffer.from(pair.publicKey).toString('hex');
    const address = encodeAddress(prefix, keyLock(pair.publicKey));
    output().result({ publicKey, address }, () =>
      table([
        ['public key', publicKey],
        ['address', address],
      ]),
    );
  }
};

function lockOf(publicKeys: readonly string[], threshold: number | undefined): Lock {
  if (threshold !== undefined) return lockOfOwners(ownersFrom(threshold, publicKeys));
  const [own, ...others] = publicKeys.map(publicKeyOf) as [Uint8Array, ...Uint8Array[]];
  if (others.length === 0) return keyLock(own);
  throw new CommandError(EXIT.usage, 'several keys need a --threshold: how many have to sign');
}

function newPair({ phrase, account, index }: NewOptions): KeyPair {
  if (phrase === undefined) {
    if (account === undefined && index === undefined) return generateKeyPair();
    throw new CommandError(EXIT.usage, '--account and --index are of a --phrase');
  }
  if (!isPhrase(phrase)) {
    throw new CommandError(EXIT.usage, 'the phrase is not BIP39: check words and order');
  }
  return deriveKeyPair(seedOfPhrase(phrase), account ?? 0, index ?? 0);
}
