import { type Command, Option } from 'commander';
import { Wallet } from '../../client/wallet.ts';
import { fromHex } from '../../codec/hex.ts';
import { readKeyFile } from '../../node/folder/key-file.ts';
import { CommandError, EXIT } from '../exit-code.ts';

export type KeyOptions = {
  readonly key?: string;
  readonly secret?: string;
  readonly phrase?: string;
};

/** The ways to say whose key it is. */
export function withKey(command: Command): Command {
  return command
    .addOption(new Option('--key <file>', 'key file of the payer').conflicts(['secret', 'phrase']))
    .addOption(
      new Option(
        '--secret <hex>',
        'its private key; for development keys only, others can see it',
      ).conflicts('phrase'),
    )
    .option('--phrase <words>', 'its BIP39 phrase; for development keys only, others can see it');
}

export function openWallet({ key, secret, phrase }: KeyOptions): Wallet {
  if (phrase !== undefined) return demand(Wallet.fromPhrase(phrase), '--phrase');
  if (secret !== undefined) {
    return demand(Wallet.fromSecrets([fromHex(secret) ?? new Uint8Array(0)]), '--secret');
  }
  if (key !== undefined) return demand(Wallet.fromSecrets([readKeyFile(key).secret]), '--key');
  throw new CommandError(EXIT.usage, 'whose? Give --key, --secret or --phrase');
}

function demand(made: ReturnType<typeof Wallet.fromPhrase>, option: string): Wallet {
  if (made.ok) return made.value;
  throw new CommandError(EXIT.usage, `${option}: ${made.error.detail}`);
}
