import { type Command, Option } from 'commander';
import type { RestClient } from '../../client/rest-client.ts';
import { Wallet } from '../../client/wallet.ts';
import { fromHex } from '../../codec/hex.ts';
import { readKeyFile } from '../../node/folder/key-file.ts';
import { ERRORS } from '../../types/errors.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { refusalExit, urlOption, withClient } from '../options/url-option.ts';
import { toWait, type WaitOptions, waitOptions } from '../options/wait-option.ts';
import { table } from '../output.ts';
import { exitCodeOf, statusText } from '../transaction-text.ts';
import { addWatch } from './watch.ts';

type KeyOptions = { readonly key?: string; readonly secret?: string; readonly phrase?: string };
type UrlOptions = KeyOptions & { readonly url: string };

export const walletCommand: AddCommand = (program, context) => {
  const { output, setExit } = context;
  const wallet = program.command('wallet').description('balances and payments');

  withKey(wallet.command('address').description('the address of a key on the ledger of a node'))
    .addOption(urlOption())
    .action((options: UrlOptions) =>
      withClient(options.url, async (client) => {
        const address = await addressOf(client, options);
        output().result({ address }, () => address);
      }),
    );

  withKey(wallet.command('balance').description('what an address has'))
    .argument('[address]', 'default: the one of the key')
    .addOption(urlOption())
    .action((given: string | undefined, options: UrlOptions) =>
      withClient(options.url, async (client) => {
        const found = await client.balance(given ?? (await addressOf(client, options)));
        output().result(found, () =>
          table([
            ['address', found.address],
            ['balance', found.balance.toString()],
            ['outputs', `${found.outputs}${found.complete ? '' : ' or more'}`],
            ['as of', `epoch ${found.asOf.epoch}`],
          ]),
        );
      }),
    );

  const [wait, timeout] = waitOptions('final');
  withKey(wallet.command('send').description('pay an amount to an address'))
    .argument('<address>', 'who gets it')
    .argument('<amount>', 'in the smallest unit')
    .addOption(urlOption())
    .addOption(wait)
    .addOption(timeout)
    .action((address: string, amount: string, options: UrlOptions & WaitOptions) =>
      withClient(options.url, async (client) => {
        if (!/^[1-9]\d{0,19}$/.test(amount)) {
          throw new CommandError(
            EXIT.usage,
            `"${amount}" is not an amount: a whole number above 0`,
          );
        }
        const own = openWallet(options);
        const sent = await own.send(client, address, BigInt(amount), toWait(options));
        if (!sent.ok) {
          const { code, detail } = sent.error;
          const exit = refusalExit({ code, status: ERRORS[code].status });
          throw new CommandError(exit, `${code}: ${detail}`);
        }
        const { payment: _, ...status } = sent.value;
        output().result(status, () => statusText(status, status.tookMs));
        setExit(exitCodeOf(status, options.wait === 'none' ? undefined : options.wait));
      }),
    );

  addWatch(wallet, context);
};

function withKey(command: Command): Command {
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

/** The key is looked at first: a node need not be asked about a wrong one. */
async function addressOf(client: RestClient, options: KeyOptions): Promise<string> {
  const wallet = openWallet(options);
  return wallet.address((await client.params()).addressPrefix);
}

function openWallet({ key, secret, phrase }: KeyOptions): Wallet {
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
